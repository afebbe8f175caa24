/* What the kernel wants to know of the machine, out of the flattened device tree (Devicetree Specification v0.4, 5). */
#ifndef DEVICE_TREE_H
#define DEVICE_TREE_H

#include <stdint.h>

#define COMMAND_LINE_SIZE 512

struct machine {
  uint64_t memory_base;
  uint64_t memory_size;
  /* Ticks of `time` a second. */
  uint64_t timebase_hz;
  /* Where the SiFive test finisher is; 0 if there is none. */
  uint64_t finisher;
  /* Where the device tree itself is. */
  uint64_t tree_base;
  uint64_t tree_size;
  char command_line[COMMAND_LINE_SIZE];
};

/* Fills in `machine`; what the tree does not tell stays as it is. */
void device_tree_read(const void *tree, struct machine *machine);

#endif
