/* From reset to the first instruction of the payload, in supervisor mode without translation. */

#include "context.h"
#include "csr.h"
#include "device_tree.h"
#include "memory.h"
#include "platform.h"
#include "pmp.h"

/* Exceptions that the host handles itself: fetches, breakpoints, misaligned, access and page faults, calls from user mode. */
#define HOST_EXCEPTIONS (1 << 0 | 1 << 1 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 12 | 1 << 13 | 1 << 15)
#define HOST_INTERRUPTS (1 << IRQ_S_SOFT | 1 << IRQ_S_TIMER | 1 << IRQ_S_EXTERNAL)
#define HOST_COUNTERS 7
#define LEAST_RAM (64ul << 20)

/* Fills `frame` with the registers of the payload; start.S leaves with them. */
void boot(uint64_t hart, const void *tree, struct frame *frame) {
  struct machine machine = read_device_tree(tree);
  ram_end = RAM_BASE + (machine.ram_bytes ? machine.ram_bytes : LEAST_RAM);
  platform_init(machine);
  pmp_init();
  csr_write(medeleg, HOST_EXCEPTIONS);
  csr_write(mideleg, HOST_INTERRUPTS);
  csr_write(mcounteren, HOST_COUNTERS);
  csr_write(satp, 0);
  csr_write(sie, 0);
  csr_write(stvec, PAYLOAD_BASE);
  csr_write(sscratch, 0);
  csr_write(mstatus, MSTATUS_MPP_S);

  *frame = (struct frame){0};
  frame->x[PC] = PAYLOAD_BASE;
  frame->x[A0] = hart;
  frame->x[A1] = (uint64_t)tree;
}
