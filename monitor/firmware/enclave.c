/*
 * The tables of enclaves and templates. An eid is the slot and, above it, how often the slot was used before: the first
 * enclaves are 0, 1, 2 as in Penglai, and an eid that was handed out never comes to mean another enclave.
 */

#include "enclave.h"

#include "memory.h"
#include "pool.h"

enum { SLOT_BITS = 12, GENERATIONS = 1 << 19 };
_Static_assert(MOST_ENCLAVES == 1 << SLOT_BITS, "slot in an eid");

struct slot {
  void *record;
  uint32_t generation;
};

static struct slot enclaves[MOST_ENCLAVES];
static struct slot templates[MOST_TEMPLATES];

/* No slot from here on was ever used. */
static uint32_t enclaves_end;

static void *find(const struct slot *slots, uint32_t count, uint64_t eid) {
  uint64_t slot = eid & ((1 << SLOT_BITS) - 1);
  if (slot >= count || slots[slot].generation != eid >> SLOT_BITS) return 0;
  return slots[slot].record;
}

struct enclave *enclave_find(uint64_t eid) { return find(enclaves, MOST_ENCLAVES, eid); }
struct template *template_find(uint64_t eid) { return find(templates, MOST_TEMPLATES, eid); }

/* The number of a slot with a fresh record, or `count`. A slot whose generations are used up stays empty. */
static uint32_t take(struct slot *slots, uint32_t count) {
  uint32_t slot = 0;
  while (slot < count && (slots[slot].record || slots[slot].generation >= GENERATIONS)) slot++;
  if (slot == count) return count;
  slots[slot].record = pool_take();
  return slots[slot].record ? slot : count;
}

static void forget(struct slot *slot) {
  memset(slot->record, 0, PAGE);
  pool_give(slot->record);
  slot->record = 0;
  slot->generation++;
}

struct enclave *enclave_new(void) {
  uint32_t slot = take(enclaves, MOST_ENCLAVES);
  if (slot == MOST_ENCLAVES) return 0;
  if (slot >= enclaves_end) enclaves_end = slot + 1;
  struct enclave *enclave = enclaves[slot].record;
  enclave->slot = slot;
  enclave->eid = slot | enclaves[slot].generation << SLOT_BITS;
  return enclave;
}

struct template *template_new(void) {
  uint32_t slot = take(templates, MOST_TEMPLATES);
  if (slot == MOST_TEMPLATES) return 0;
  struct template *template = templates[slot].record;
  template->slot = slot;
  template->eid = slot | templates[slot].generation << SLOT_BITS;
  return template;
}

void enclave_forget(struct enclave *enclave) { forget(&enclaves[enclave->slot]); }
void template_forget(struct template *template) { forget(&templates[template->slot]); }

bool names_equal(const char *a, const char *b) {
  for (int index = 0; index < NAME_LEN; index++) {
    if (a[index] != b[index]) return false;
    if (a[index] == 0) break;
  }
  return true;
}

struct enclave *server_find(const char *name) {
  for (uint32_t slot = 0; slot < enclaves_end; slot++) {
    struct enclave *enclave = enclaves[slot].record;
    if (enclave && enclave->type == SERVER_ENCLAVE && names_equal(enclave->name, name)) return enclave;
  }
  return 0;
}

bool name_taken(const char *name, const struct enclave *but) {
  for (uint32_t slot = 0; slot < enclaves_end; slot++) {
    struct enclave *enclave = enclaves[slot].record;
    if (enclave && enclave != but && names_equal(enclave->name, name)) return true;
  }
  return false;
}

struct enclave *chain_top(struct enclave *enclave) {
  while (enclave->caller) enclave = enclave->caller;
  return enclave;
}

struct enclave *chain_tail(struct enclave *enclave) {
  while (enclave->callee) enclave = enclave->callee;
  return enclave;
}
