/* Relay memory. */

#include "relay.h"

#include "memory.h"
#include "owner.h"

struct relay_entry {
  char name[NAME_LEN];
  uint64_t pa, bytes; /* no bytes: free */
  bool held;          /* mapped in an enclave; else it waits for one */
};

#define MOST_ENTRIES 256
static struct relay_entry entries[MOST_ENTRIES];

/* Relay memory ends where host shared memory starts. */
#define MOST_BYTES (ENCLAVE_DEFAULT_SHM_BASE - ENCLAVE_DEFAULT_MM_ARG_BASE)

static uint32_t free_entry(void) {
  uint32_t number = 0;
  while (number < MOST_ENTRIES && entries[number].bytes != 0) number++;
  return number;
}

static bool waits(const struct relay_entry *entry, const char *name) {
  return entry->bytes != 0 && !entry->held && names_equal(entry->name, name);
}

static int64_t check_waiting(const char *name, uint64_t *bytes) {
  uint64_t count = 0, total = 0;
  for (uint32_t number = 0; number < MOST_ENTRIES; number++) {
    if (!waits(&entries[number], name)) continue;
    count++;
    total += entries[number].bytes;
  }
  *bytes = total;
  return total != 0 && total <= MOST_BYTES && count <= RELAY_PAGE_NUM ? 0 : ENCLAVE_ERROR;
}

int64_t relay_check(const char *name, const struct enclave *but, uint64_t addr, uint64_t size, uint64_t *bytes) {
  *bytes = 0;
  if (addr == 0) return 0;
  if (name_taken(name, but)) return ENCLAVE_ERROR;
  if (size == 0) return check_waiting(name, bytes);
  if (size > MOST_BYTES || !can_claim(addr, size)) return ENCLAVE_ERROR;
  if (free_entry() == MOST_ENTRIES) return ENCLAVE_NO_MEM;
  *bytes = size;
  return 0;
}

bool relay_fits(const struct space *space, uint64_t bytes) {
  if (bytes == 0) return true;
  return space_tables_missing(space, ENCLAVE_DEFAULT_MM_ARG_BASE, bytes) <= space_pages_left(space);
}

static void map_slot(struct enclave *enclave, struct relay_slot *slot, uint64_t va, uint32_t number) {
  struct relay_entry *entry = &entries[number];
  *slot = (struct relay_slot){.va = va, .pa = entry->pa, .bytes = entry->bytes, .entry = number};
  memcpy(entry->name, enclave->name, NAME_LEN);
  entry->held = true;
  space_map(&enclave->space, va, entry->pa, entry->bytes);
}

void relay_attach(struct enclave *enclave, uint64_t addr, uint64_t size) {
  if (addr == 0) return;
  if (size != 0) {
    uint32_t number = free_entry();
    entries[number] = (struct relay_entry){.pa = addr, .bytes = size};
    claim(addr, size, OWNER_RELAY, number);
    map_slot(enclave, &enclave->relay[0], ENCLAVE_DEFAULT_MM_ARG_BASE, number);
    return;
  }
  uint64_t va = ENCLAVE_DEFAULT_MM_ARG_BASE, slot = 0;
  for (uint32_t number = 0; number < MOST_ENTRIES; number++) {
    if (!waits(&entries[number], enclave->name)) continue;
    map_slot(enclave, &enclave->relay[slot++], va, number);
    va += entries[number].bytes;
  }
}

static void unmap_slot(struct enclave *enclave, struct relay_slot *slot) {
  space_unmap(&enclave->space, slot->va, slot->bytes);
  *slot = (struct relay_slot){0};
}

void relay_return_all(struct enclave *enclave, uint64_t *pa, uint64_t *bytes) {
  *pa = *bytes = 0;
  for (int index = 0; index < RELAY_PAGE_NUM; index++) {
    struct relay_slot slot = enclave->relay[index];
    if (slot.bytes == 0) continue;
    if (*bytes == 0) {
      *pa = slot.pa;
      *bytes = slot.bytes;
    }
    unmap_slot(enclave, &enclave->relay[index]);
    entries[slot.entry] = (struct relay_entry){0};
    release(slot.pa, slot.bytes);
  }
}

void relay_give_back(struct enclave *enclave, struct relay_slot *slot) {
  memset(at(slot->pa), 0, slot->bytes);
  entries[slot->entry] = (struct relay_entry){0};
  release(slot->pa, slot->bytes);
  unmap_slot(enclave, slot);
}

void relay_give_back_all(struct enclave *enclave) {
  for (int index = 0; index < RELAY_PAGE_NUM; index++)
    if (enclave->relay[index].bytes != 0) relay_give_back(enclave, &enclave->relay[index]);
}

static struct relay_slot *slot_of(struct enclave *enclave, uint64_t va, uint64_t size) {
  for (int index = 0; index < RELAY_PAGE_NUM; index++) {
    struct relay_slot *slot = &enclave->relay[index];
    if (slot->bytes != 0 && slot->va == va && slot->bytes == size) return slot;
  }
  return 0;
}

static struct relay_slot *empty_slot(struct enclave *enclave) {
  for (int index = 0; index < RELAY_PAGE_NUM; index++)
    if (enclave->relay[index].bytes == 0) return &enclave->relay[index];
  return 0;
}

int64_t relay_transfer(struct enclave *enclave, uint64_t va, uint64_t size, const char *name) {
  struct relay_slot *slot = slot_of(enclave, va, size);
  if (slot == 0) return ENCLAVE_ERROR;
  struct relay_entry *entry = &entries[slot->entry];
  memcpy(entry->name, name, NAME_LEN);
  entry->held = false;
  unmap_slot(enclave, slot);
  flush_translations();
  return 0;
}

int64_t relay_split(struct enclave *enclave, uint64_t va, uint64_t size, uint64_t point) {
  struct relay_slot *slot = slot_of(enclave, va, size), *second = empty_slot(enclave);
  if (slot == 0 || !page_aligned(point) || point <= va || point >= va + size) return ENCLAVE_ERROR;
  uint32_t number = free_entry();
  uint64_t first_bytes = point - va;
  if (second == 0 || number == MOST_ENTRIES) return ENCLAVE_ERROR;

  struct relay_entry *first = &entries[slot->entry];
  entries[number] = *first;
  entries[number].pa += first_bytes;
  entries[number].bytes -= first_bytes;
  first->bytes = first_bytes;
  owner_set(entries[number].pa, entries[number].bytes, OWNER_RELAY, number);
  *second = *slot;
  second->va = point;
  second->pa += first_bytes;
  second->bytes -= first_bytes;
  second->entry = number;
  slot->bytes = first_bytes;
  return 0;
}

struct relay_slot *relay_first(struct enclave *enclave) {
  for (int index = 0; index < RELAY_PAGE_NUM; index++) {
    struct relay_slot *slot = &enclave->relay[index];
    if (slot->bytes != 0 && slot->va == ENCLAVE_DEFAULT_MM_ARG_BASE) return slot;
  }
  return 0;
}

bool relay_can_move(const struct relay_slot *slot, struct enclave *to, uint64_t tables) {
  const struct space *space = &to->space;
  return empty_slot(to) && space_unmapped(space, slot->va, slot->bytes) &&
         space_tables_missing(space, slot->va, slot->bytes) + tables <= space_pages_left(space);
}

void relay_move(struct enclave *from, struct relay_slot *slot, struct enclave *to, uint32_t owed) {
  struct relay_slot moved = *slot, *target = empty_slot(to);
  unmap_slot(from, slot);
  map_slot(to, target, moved.va, moved.entry);
  target->owed = owed;
  flush_translations();
}
