/* The switch between host and enclaves. */

#include "context.h"

#include "csr.h"
#include "memory.h"
#include "owner.h"

/* CSRs of supervisor mode, and those of machine mode that decide what reaches it. */
struct host_csrs {
  uint64_t sstatus, satp, stvec, sscratch, sepc, scause, stval, scounteren;
  uint64_t medeleg, mideleg, mie;
};

static struct {
  struct enclave *running;
  struct frame frame;
  struct host_csrs csrs;
} hart;

struct enclave *running(void) { return hart.running; }

/* What an enclave may read of the counters: all, whatever the host set. */
#define ENCLAVE_COUNTERS 7
#define SSTATUS_OF_HOST (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_VS | MSTATUS_SUM | MSTATUS_MXR)

static void save_host_csrs(struct host_csrs *csrs) {
  csrs->sstatus = csr_read(sstatus);
  csrs->satp = csr_read(satp);
  csrs->stvec = csr_read(stvec);
  csrs->sscratch = csr_read(sscratch);
  csrs->sepc = csr_read(sepc);
  csrs->scause = csr_read(scause);
  csrs->stval = csr_read(stval);
  csrs->scounteren = csr_read(scounteren);
  csrs->medeleg = csr_read(medeleg);
  csrs->mideleg = csr_read(mideleg);
  csrs->mie = csr_read(mie);
}

static void load_host_csrs(const struct host_csrs *csrs) {
  csr_write(sstatus, csrs->sstatus);
  csr_write(satp, csrs->satp);
  csr_write(stvec, csrs->stvec);
  csr_write(sscratch, csrs->sscratch);
  csr_write(sepc, csrs->sepc);
  csr_write(scause, csrs->scause);
  csr_write(stval, csrs->stval);
  csr_write(scounteren, csrs->scounteren);
  csr_write(medeleg, csrs->medeleg);
  csr_write(mideleg, csrs->mideleg);
  csr_write(mie, csrs->mie);
}

/* Enclaves know no supervisor mode: nothing of it is left in the machine, and every trap comes to the monitor. */
static void set_enclave_csrs(void) {
  csr_clear(mstatus, SSTATUS_OF_HOST);
  csr_write(stvec, 0);
  csr_write(sscratch, 0);
  csr_write(sepc, 0);
  csr_write(scause, 0);
  csr_write(stval, 0);
  csr_write(scounteren, ENCLAVE_COUNTERS);
  csr_write(medeleg, 0);
  csr_write(mideleg, 0);
  csr_write(mie, 1 << IRQ_M_TIMER | 1 << IRQ_M_SOFT);
}

/* A reservation that one domain made must not let another one's store succeed. */
static void drop_reservation(void) {
  static uint64_t target;
  uint64_t failed;
  __asm__ volatile("sc.d %0, zero, (%1)" : "=r"(failed) : "r"(&target) : "memory");
}

static void use_space(const struct enclave *enclave) {
  csr_write(satp, SATP_SV39 | enclave->space.root >> PAGE_SHIFT);
  flush_translations();
  drop_reservation();
}

void enter_enclave(struct frame *frame, struct enclave *enclave) {
  hart.frame = *frame;
  save_host_csrs(&hart.csrs);
  set_enclave_csrs();
  csr_clear(mstatus, MSTATUS_MPP);
  csr_set(mstatus, MSTATUS_MPIE);
  *frame = enclave->frame;
  enclave->state = ENCLAVE_RUNNING;
  hart.running = enclave;
  use_space(enclave);
}

void switch_enclave(struct frame *frame, struct enclave *to) {
  hart.running->frame = *frame;
  *frame = to->frame;
  to->state = ENCLAVE_RUNNING;
  hart.running = to;
  use_space(to);
}

void leave_enclave(struct frame *frame, int64_t result) {
  hart.running->frame = *frame;
  hart.running = 0;
  *frame = hart.frame;
  memset(&hart.frame, 0, sizeof hart.frame);
  load_host_csrs(&hart.csrs);
  csr_clear(mstatus, MSTATUS_MPP);
  csr_set(mstatus, MSTATUS_MPP_S | MSTATUS_MPIE);
  flush_translations();
  drop_reservation();
  host_result(frame, result);
}

void host_result(struct frame *frame, int64_t result) {
  if (result >= 0 && result <= SBI_LEGAL_MAX) {
    frame->x[A0] = 0;
    frame->x[A1] = (uint64_t)result;
  } else {
    frame->x[A0] = (uint64_t)result;
  }
}

void host_timer_fired(void) {
  csr_clear(mie, 1 << IRQ_M_TIMER);
  csr_set(mip, 1 << IRQ_S_TIMER);
}

void start_frame(struct enclave *enclave) {
  memset(&enclave->frame, 0, sizeof enclave->frame);
  enclave->frame.x[PC] = enclave->entry_point;
  enclave->frame.x[SP] = ENCLAVE_DEFAULT_STACK_BASE;
}
