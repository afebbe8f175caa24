/* Traps from user mode. */
#include <stdint.h>

#include "console.h"
#include "system_calls.h"
#include "thread.h"

#define INTERRUPT (1ul << 63)
#define TIMER_INTERRUPT (INTERRUPT | 5)
#define ECALL_FROM_USER 8
/* As a shell reports a program that was killed by SIGSEGV. */
#define EXIT_FAULT 139

void handle_trap(struct trap_frame *frame) {
  uint64_t cause, value;
  asm volatile("csrr %0, scause" : "=r"(cause));
  asm volatile("csrr %0, stval" : "=r"(value));
  if (cause == TIMER_INTERRUPT) {
    thread_end_of_slice();
  } else if (cause == ECALL_FROM_USER) {
    frame->pc += 4;
    frame->x[REG_A0] = (uint64_t)system_call(frame->x[REG_A7], &frame->x[REG_A0]);
  } else {
    console_print("host kernel: the program failed: scause %lx, pc %lx, stval %lx\n", cause, frame->pc, value);
    power_off(EXIT_FAULT);
  }
}
