/*
 * Every trap that is not delegated comes here: calls, the timer, and what the host or an enclave did wrong. One hart,
 * one trap at a time; with more harts, one lock taken and given back in handle_trap would keep it so.
 */

#include "calls.h"
#include "context.h"
#include "csr.h"
#include "owner.h"
#include "platform.h"
#include "pte.h"
#include "run.h"
#include "sbi.h"
#include "virtual_memory.h"

/* Reads an instruction of the host by its own page tables, which the monitor trusts: they are guarded. */
static uint32_t host_instruction(uint64_t va) {
  uint32_t instruction = 0;
  for (int half = 0; half < 2; half++) {
    uint64_t here = va + 2 * (uint64_t)half, pa = here, satp = csr_read(satp);
    if (satp != 0) {
      const uint64_t *table = at((satp & SATP_PPN) << PAGE_SHIFT);
      uint64_t pte = 0;
      int level = 2;
      for (; level >= 0; level--) {
        pte = table[here >> (PAGE_SHIFT + 9 * level) & (PTE_COUNT - 1)];
        if (!(pte & PTE_V) || pte_leaf(pte)) break;
        table = at(pte_pa(pte));
      }
      if (level < 0 || !(pte & PTE_V)) return 0;
      uint64_t inside = (PAGE << 9 * level) - 1;
      pa = (pte_pa(pte) & ~inside) | (here & inside);
    }
    if (!range_within(pa, sizeof(uint16_t), PAYLOAD_BASE, ram_end)) return 0;
    instruction |= (uint32_t) * (const uint16_t *)at(pa) << 16 * half;
  }
  return instruction;
}

/* Lets supervisor mode handle the exception, as if it had been delegated. */
static void redirect(struct frame *frame, uint64_t cause, uint64_t tval) {
  uint64_t mstatus = csr_read(mstatus);
  uint64_t spp = mstatus & MSTATUS_MPP ? MSTATUS_SPP : 0;
  uint64_t spie = mstatus & MSTATUS_SIE ? MSTATUS_SPIE : 0;
  csr_write(sepc, frame->x[PC]);
  csr_write(scause, cause);
  csr_write(stval, tval);
  csr_clear(mstatus, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_MPP);
  csr_set(mstatus, spp | spie | MSTATUS_MPP_S);
  frame->x[PC] = csr_read(stvec) & ~3ul;
}

static void illegal_instruction(struct frame *frame) {
  uint64_t tval = csr_read(mtval);
  uint32_t instruction = tval ? (uint32_t)tval : host_instruction(frame->x[PC]);
  bool supervisor = (csr_read(mstatus) & MSTATUS_MPP) == MSTATUS_MPP_S;
  if (supervisor && emulate_virtual_memory(frame, instruction)) return;
  redirect(frame, CAUSE_ILLEGAL_INSTRUCTION, tval);
}

static void host_exception(struct frame *frame, uint64_t cause) {
  if (cause == CAUSE_SUPERVISOR_ECALL) {
    frame->x[PC] += 4;
    if (frame->x[A7] == SBI_EXT_PENGLAI_HOST)
      host_call(frame);
    else
      sbi_call(frame);
  } else if (cause == CAUSE_ILLEGAL_INSTRUCTION) {
    illegal_instruction(frame);
  } else {
    redirect(frame, cause, csr_read(mtval));
  }
}

static void enclave_exception(struct frame *frame, uint64_t cause) {
  if (cause == CAUSE_USER_ECALL) {
    frame->x[PC] += 4;
    enclave_call(frame);
  } else {
    kill_enclave(frame);
  }
}

/* The host's timer, or its message to itself: an enclave makes room for the host. */
static void interrupt(struct frame *frame, uint64_t number) {
  struct enclave *enclave = running();
  if (enclave) {
    enclave->state = ENCLAVE_RUNNABLE;
    leave_enclave(frame, ENCLAVE_TIMER_IRQ);
  }
  if (number == IRQ_M_TIMER) {
    host_timer_fired();
  } else {
    software_interrupt_clear();
    csr_set(mip, 1 << IRQ_S_SOFT);
  }
}

void handle_trap(struct frame *frame) {
  uint64_t cause = csr_read(mcause);
  if (cause & INTERRUPT)
    interrupt(frame, cause & ~INTERRUPT);
  else if (running())
    enclave_exception(frame, cause);
  else
    host_exception(frame, cause);
  settle_releases();
}

/* The monitor itself did something wrong: nothing it says can be trusted any more. */
void fatal_trap(void) {
  console_text("\nmonitor: trap ");
  console_hex(csr_read(mcause));
  console_text(" at ");
  console_hex(csr_read(mepc));
  console_text(" value ");
  console_hex(csr_read(mtval));
  console_text("\n");
  power_off(255);
}
