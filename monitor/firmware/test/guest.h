/* What enclaves of the tests are written with: calls as inline code, since each guest is one function. */
#ifndef TEST_GUEST_H
#define TEST_GUEST_H

#include "host.h"

#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t ecall4(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
  register uint64_t a0 __asm__("a0") = a;
  register uint64_t a1 __asm__("a1") = b;
  register uint64_t a2 __asm__("a2") = c;
  register uint64_t a3 __asm__("a3") = d;
  register uint64_t a6 __asm__("a6") = SBI_EXT_PENGLAI_ENCLAVE;
  register uint64_t a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
  return a0;
}
INLINE uint64_t ecall2(uint64_t number, uint64_t a, uint64_t b) { return ecall4(number, a, b, 0, 0); }
INLINE uint64_t ocall(uint64_t id, uint64_t a, uint64_t b) { return ecall4(SBI_ENCLAVE_OCALL, id, a, b, 0); }
INLINE void leave(uint64_t value) {
  ecall2(SBI_EXIT_ENCLAVE, value, 0);
  for (;;) continue;
}
INLINE void give(struct call_enclave_arg_t *arg) {
  ecall2(SBI_ENCLAVE_RETURN, (uint64_t)arg, 0);
  for (;;) continue;
}
#define WORD(va) (*(volatile uint64_t *)(va))
/* The data page of each guest, zeros at first. */
#define DATA 0x2000ul
/* Puts a name of up to 8 characters at the end of the data page, from a number so that no constant data is needed. */
INLINE uint64_t name_at(uint64_t word) {
  WORD(DATA + 0xf00) = word;
  WORD(DATA + 0xf08) = 0;
  return DATA + 0xf00;
}

#endif
