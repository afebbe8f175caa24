#ifndef DEVICE_TREE_H
#define DEVICE_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* What the monitor wants to know of the machine. */
struct machine {
  uint64_t ram_bytes; /* of the memory that starts at RAM_BASE; 0 where the tree tells none */
  bool htif;
  bool finisher;
};

/* Reads a flattened device tree (Devicetree specification, chapter 5); an unreadable one tells nothing. */
struct machine read_device_tree(const void *tree);

#endif
