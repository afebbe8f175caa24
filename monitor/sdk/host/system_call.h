#ifndef SYSTEM_CALL_H
#define SYSTEM_CALL_H

#include <host_calls.h>

static inline long system_call(long number, long arg0, long arg1, long arg2, long arg3) {
  register long a0 asm("a0") = arg0;
  register long a1 asm("a1") = arg1;
  register long a2 asm("a2") = arg2;
  register long a3 asm("a3") = arg3;
  register long a7 asm("a7") = number;
  asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
  return a0;
}

#endif
