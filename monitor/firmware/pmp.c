/* Lower entries win (privileged specification, 3.7.1), so the last entry opens what no other one names. */

#include "pmp.h"

#include "csr.h"
#include "memory.h"
#include "platform.h"

enum { MONITOR = 0, PT_AREA = 1, OWNER_MAP = 2, CLINT = 3, REST = 7 };
enum { R = 1, W = 2, X = 4, NAPOT = 3 << 3 };

bool pmp_range(uint64_t base, uint64_t size) { return size >= PAGE && power_of_two(size) && base % size == 0; }

static uint64_t napot(uint64_t base, uint64_t size) { return base >> 2 | ((size >> 3) - 1); }

static void configure(int entry, uint64_t value) {
  uint64_t shift = 8 * (uint64_t)entry;
  uint64_t configuration = csr_read(pmpcfg0);
  csr_write(pmpcfg0, (configuration & ~(0xfful << shift)) | value << shift);
  __asm__ volatile("sfence.vma" ::: "memory");
}

void pmp_init(void) {
  csr_write(pmpaddr0, napot(RAM_BASE, MONITOR_BYTES));
  csr_write(pmpaddr3, napot(CLINT_BASE, CLINT_BYTES));
  csr_write(pmpaddr7, ~0ul >> 10);
  csr_write(pmpcfg0, 0);
  configure(MONITOR, NAPOT);
  configure(CLINT, NAPOT);
  configure(REST, NAPOT | R | W | X);
}

void pmp_guard(uint64_t pt_area, uint64_t pt_area_size, uint64_t map, uint64_t map_size) {
  csr_write(pmpaddr1, napot(pt_area, pt_area_size));
  csr_write(pmpaddr2, napot(map, map_size));
  configure(PT_AREA, NAPOT | R);
  configure(OWNER_MAP, NAPOT);
}
