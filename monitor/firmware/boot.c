/* From reset to the first instruction of the payload, in supervisor mode without translation. */

#include "context.h"
#include "csr.h"
#include "device_tree.h"
#include "memory.h"
#include "platform.h"
#include "pmp.h"

/* Exceptions that the host handles itself: all but illegal instructions and its own calls. */
#define ALL_EXCEPTIONS 0xb1fful
#define HOST_EXCEPTIONS (ALL_EXCEPTIONS & ~(1ul << CAUSE_ILLEGAL_INSTRUCTION))
#define HOST_INTERRUPTS (1 << IRQ_S_SOFT | 1 << IRQ_S_TIMER | 1 << IRQ_S_EXTERNAL)
#define HOST_COUNTERS 7
#define MISA_HYPERVISOR (1 << ('H' - 'A'))
#define LEAST_RAM (64ul << 20)

/* Fills `frame` with the registers of the payload; start.S leaves with them. */
void boot(uint64_t hart, const void *tree, struct frame *frame) {
  struct machine machine = read_device_tree(tree);
  ram_end = RAM_BASE + (machine.ram_bytes ? machine.ram_bytes : LEAST_RAM);
  platform_init(machine);
  pmp_init();
  /* A second kind of page tables, which TVM does not guard. */
  csr_clear(misa, MISA_HYPERVISOR);
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
