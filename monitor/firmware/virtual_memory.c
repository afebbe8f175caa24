/* Emulation of satp accesses and sfence.vma in supervisor mode. */

#include "virtual_memory.h"

#include "csr.h"
#include "host_pages.h"
#include "owner.h"

enum { SYSTEM = 0x73, SFENCE_VMA = 0x09, CSR_SATP = 0x180 };
enum { CSRRW = 1, CSRRS = 2, CSRRC = 3, IMMEDIATE = 4 };

static bool access_satp(struct frame *frame, uint32_t instruction) {
  uint32_t operation = instruction >> 12 & 7, source = instruction >> 15 & 31, target = instruction >> 7 & 31;
  if ((operation & 3) == 0) return false;
  /* x0 as source is the value 0 for all, and no write for the two that set or clear. */
  uint64_t operand = operation & IMMEDIATE || source == 0 ? source : frame->x[source];
  uint64_t old = csr_read(satp), value = operand;
  if ((operation & 3) == CSRRS) value = old | operand;
  if ((operation & 3) == CSRRC) value = old & ~operand;
  if ((operation & 3) == CSRRW || source != 0) {
    if (!satp_allowed(value)) return false;
    csr_write(satp, value);
  }
  if (target != 0) frame->x[target] = old;
  return true;
}

bool emulate_virtual_memory(struct frame *frame, uint32_t instruction) {
  if ((instruction & 0x7f) != SYSTEM) return false;
  bool done = false;
  if (instruction >> 25 == SFENCE_VMA && (instruction & 0x7f80) == 0) {
    flush_translations();
    done = true;
  } else if (instruction >> 20 == CSR_SATP) {
    done = access_satp(frame, instruction);
  }
  if (done) frame->x[PC] += 4;
  return done;
}
