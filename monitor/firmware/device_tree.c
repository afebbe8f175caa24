/* The flattened device tree: how much RAM there is, and how the machine is switched off. */

#include "device_tree.h"

#include "memory.h"

enum { MAGIC = 0xd00dfeed, BEGIN_NODE = 1, END_NODE = 2, PROPERTY = 3, NOP = 4 };

static uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t cells(const uint8_t *bytes, uint32_t count) {
  uint64_t value = 0;
  for (uint32_t index = 0; index < count; index++) value = value << 32 | big_endian(bytes + 4 * index);
  return value;
}

static bool equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

/* Whether a property that is a list of strings has `text` in it. */
static bool lists(const uint8_t *value, uint32_t size, const char *text) {
  for (uint32_t start = 0, end = 0; end < size; end++) {
    if (value[end] != 0) continue;
    if (equal((const char *)value + start, text)) return true;
    start = end + 1;
  }
  return false;
}

struct machine read_device_tree(const void *tree) {
  struct machine machine = {0};
  const uint8_t *base = tree;
  if (base == 0 || ((uint64_t)base & 7) != 0 || big_endian(base) != MAGIC) return machine;
  const uint8_t *here = base + big_endian(base + 8);
  const char *names = (const char *)base + big_endian(base + 12);
  const uint8_t *end = here + big_endian(base + 36);

  uint32_t depth = 0, address_cells = 2, size_cells = 1;
  bool memory = false;
  const uint8_t *reg = 0;
  uint32_t reg_size = 0;
  while (here + 4 <= end) {
    uint32_t token = big_endian(here);
    here += 4;
    if (token == BEGIN_NODE) {
      depth++;
      memory = false;
      reg = 0;
      while (*here != 0) here++;
      here = (const uint8_t *)(((uint64_t)here + 4) & ~3ul);
    } else if (token == END_NODE) {
      if (depth == 2 && memory && reg) {
        uint32_t entry = 4 * (address_cells + size_cells);
        for (uint32_t offset = 0; offset + entry <= reg_size; offset += entry)
          if (cells(reg + offset, address_cells) == RAM_BASE)
            machine.ram_bytes = cells(reg + offset + 4 * address_cells, size_cells);
      }
      reg = 0;
      if (--depth == 0) break;
    } else if (token == PROPERTY) {
      uint32_t size = big_endian(here);
      const char *name = names + big_endian(here + 4);
      const uint8_t *value = here + 8;
      here = (const uint8_t *)(((uint64_t)value + size + 3) & ~3ul);
      if (depth == 1 && equal(name, "#address-cells")) address_cells = big_endian(value);
      if (depth == 1 && equal(name, "#size-cells")) size_cells = big_endian(value);
      if (equal(name, "device_type") && lists(value, size, "memory")) memory = true;
      if (equal(name, "reg")) {
        reg = value;
        reg_size = size;
      }
      if (equal(name, "compatible") && lists(value, size, "ucb,htif0")) machine.htif = true;
      if (equal(name, "compatible") && lists(value, size, "sifive,test0")) machine.finisher = true;
    } else if (token != NOP) {
      break;
    }
  }
  return machine;
}
