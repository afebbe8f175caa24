/* Bytes and pages, and the two memories that everyone starts from: RAM and the monitor's part of it. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096ul
#define PAGE_SHIFT 12
#define HUGE_PAGE (512 * PAGE)

#define RAM_BASE 0x80000000ul
#define MONITOR_BYTES 0x200000ul
#define PAYLOAD_BASE (RAM_BASE + MONITOR_BYTES)

/* First address after RAM; set once, from the device tree. */
extern uint64_t ram_end;

static inline bool page_aligned(uint64_t value) { return value % PAGE == 0; }

/* Whether [start, start + size) is not empty, does not wrap, and lies in [low, high). */
static inline bool range_within(uint64_t start, uint64_t size, uint64_t low, uint64_t high) {
  return size != 0 && start >= low && start < high && size <= high - start;
}

static inline bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size) {
  return a < b + b_size && b < a + a_size;
}

static inline bool power_of_two(uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

/* Physical memory as the monitor sees it: where it is. */
static inline void *at(uint64_t pa) { return (void *)pa; }

#define LINE_WORDS 8

/* Whether eight words are all 0; nobody looks through a page word by word where most of it is empty. */
static inline bool line_empty(const uint64_t *word) {
  return !(word[0] | word[1] | word[2] | word[3] | word[4] | word[5] | word[6] | word[7]);
}

/* Whether a page holds nothing but zeros. */
bool page_empty(const void *page);

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

#endif
