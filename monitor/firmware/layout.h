/* The memory with which the host creates an enclave: tables and pages are checked before the monitor trusts any. */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "space.h"

struct layout {
  uint64_t tables;   /* pages that are page tables */
  uint64_t writable; /* pages that are mapped writable */
};

/*
 * Whether the tables below pa + 4096 are a tree within [pa, end), with pages of the range as leaves, each page used at
 * most once, all for user mode and below SPACE_FIRST_END. Changes nothing; the range is the host's alone.
 */
bool layout_check(struct layout *layout, uint64_t pa, uint64_t end);
/* Gives each entry the accessed and dirty bits that it needs and nothing that it does not; zeroes the stack. */
void layout_settle(const struct space *space);

#endif
