/* Arguments and results in the host's memory. */

#include "host_memory.h"

#include "memory.h"
#include "owner.h"

bool host_read(void *to, uint64_t pa, uint64_t size) {
  if (pa % sizeof(uint64_t) != 0 || !host_owns(pa, size)) return false;
  memcpy(to, at(pa), size);
  return true;
}

bool host_write(uint64_t pa, const void *from, uint64_t size) {
  if (!host_owns(pa, size)) return false;
  memcpy(at(pa), from, size);
  return true;
}

void host_write_word(uint64_t pa, uint64_t value) {
  if (pa != 0) host_write(pa, &value, sizeof value);
}

bool host_place(uint64_t place, uint64_t size, uint64_t pa, uint64_t bytes) {
  return place % size == 0 && host_owns(place, size) && !ranges_overlap(place, size, pa, bytes);
}

static bool word_good(uint64_t place, uint64_t pa, uint64_t bytes) {
  return place == 0 || host_place(place, sizeof(uint64_t), pa, bytes);
}

bool host_words_good(const struct host_words *words, uint64_t pa, uint64_t bytes) {
  return word_good(words->ocall_id, pa, bytes) && word_good(words->ocall_arg0, pa, bytes) &&
         word_good(words->ocall_arg1, pa, bytes) && word_good(words->ocall_syscall, pa, bytes) &&
         word_good(words->result, pa, bytes);
}

bool host_shareable(uint64_t shared, uint64_t size, uint64_t pa, uint64_t bytes) {
  return host_owns_pages(shared, size) && !ranges_overlap(shared, size, pa, bytes);
}
