/* Control and status registers by name, and their fields (privileged specification). */
#ifndef CSR_H
#define CSR_H

#include <stdint.h>

#define csr_read(name)                                 \
  ({                                                   \
    uint64_t value_;                                   \
    __asm__ volatile("csrr %0, " #name : "=r"(value_)); \
    value_;                                            \
  })
#define csr_write(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_set(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")
#define csr_clear(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(bits)) : "memory")

#define MSTATUS_SIE (1ul << 1)
#define MSTATUS_SPIE (1ul << 5)
#define MSTATUS_MPIE (1ul << 7)
#define MSTATUS_SPP (1ul << 8)
#define MSTATUS_VS (3ul << 9)
#define MSTATUS_MPP (3ul << 11)
#define MSTATUS_MPP_S (1ul << 11)
#define MSTATUS_FS (3ul << 13)
#define MSTATUS_SUM (1ul << 18)
#define MSTATUS_MXR (1ul << 19)
#define MSTATUS_TVM (1ul << 20)

#define INTERRUPT (1ul << 63)
#define IRQ_S_SOFT 1
#define IRQ_M_SOFT 3
#define IRQ_S_TIMER 5
#define IRQ_M_TIMER 7
#define IRQ_S_EXTERNAL 9

#define CAUSE_ILLEGAL_INSTRUCTION 2
#define CAUSE_USER_ECALL 8
#define CAUSE_SUPERVISOR_ECALL 9

#define SATP_MODE (15ul << 60)
#define SATP_SV39 (8ul << 60)
#define SATP_PPN ((1ul << 44) - 1)

#endif
