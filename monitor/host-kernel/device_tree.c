#include "device_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define MAGIC 0xd00dfeed
#define BEGIN_NODE 1
#define END_NODE 2
#define PROPERTY 3
#define NOP 4

static uint32_t cell(const void *at) {
  const uint8_t *bytes = at;
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint64_t two_cells(const void *at) {
  return (uint64_t)cell(at) << 32 | cell((const char *)at + 4);
}

static bool starts_with(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/* `compatible` is a list of texts, each with its zero. */
static bool is_compatible(const char *list, size_t size, const char *name) {
  for (const char *text = list; text < list + size; text += strlen(text) + 1) {
    if (strcmp(text, name) == 0) return true;
  }
  return false;
}

struct node {
  const char *name;
  uint64_t base;
  bool is_finisher;
};

static void take_property(struct node *node, struct machine *machine, const char *name, const void *value,
                          size_t size) {
  if (strcmp(name, "reg") == 0 && size >= 16) {
    node->base = two_cells(value);
    if (starts_with(node->name, "memory@") && machine->memory_size == 0) {
      machine->memory_base = node->base;
      machine->memory_size = two_cells((const char *)value + 8);
    }
  } else if (strcmp(name, "compatible") == 0) {
    node->is_finisher = is_compatible(value, size, "sifive,test0");
  } else if (strcmp(name, "timebase-frequency") == 0) {
    machine->timebase_hz = size == 8 ? two_cells(value) : cell(value);
  } else if (strcmp(name, "bootargs") == 0 && strcmp(node->name, "chosen") == 0) {
    strncpy(machine->command_line, value, COMMAND_LINE_SIZE - 1);
  }
}

void device_tree_read(const void *tree, struct machine *machine) {
  const char *base = tree;
  if (tree == NULL || cell(base) != MAGIC) return;
  machine->tree_base = (uintptr_t)tree;
  machine->tree_size = cell(base + 4);
  const char *at = base + cell(base + 8), *names = base + cell(base + 12);
  struct node node = {.name = ""};
  for (;;) {
    uint32_t token = cell(at);
    at += 4;
    if (token == BEGIN_NODE) {
      node = (struct node){.name = at};
      at += (strlen(at) + 4) & ~3ul;
    } else if (token == PROPERTY) {
      uint32_t size = cell(at);
      take_property(&node, machine, names + cell(at + 4), at + 8, size);
      if (node.is_finisher && node.base != 0) machine->finisher = node.base;
      at += 8 + ((size + 3) & ~3u);
    } else if (token != END_NODE && token != NOP) {
      return;
    }
  }
}
