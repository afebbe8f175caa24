/* Page-table entries (privileged specification, 4.4). */
#ifndef PTE_H
#define PTE_H

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"

#define PTE_V 1ul
#define PTE_R 2ul
#define PTE_W 4ul
#define PTE_X 8ul
#define PTE_U 16ul
#define PTE_G 32ul
#define PTE_A 64ul
#define PTE_D 128ul
#define PTE_RWX (PTE_R | PTE_W | PTE_X)
#define PTE_FLAGS 0x3fful
#define PTE_RESERVED (~0ul << 54)

#define PTE_COUNT 512

static inline uint64_t pte_pa(uint64_t pte) { return pte << 10 >> 20 << PAGE_SHIFT; }
static inline uint64_t pte_make(uint64_t pa, uint64_t flags) { return pa >> PAGE_SHIFT << 10 | flags; }
static inline bool pte_leaf(uint64_t pte) { return (pte & PTE_RWX) != 0; }

#endif
