/* Threads of the one host program. The timer preempts user mode; the kernel gives up the hart only in these calls. */
#ifndef THREAD_H
#define THREAD_H

#include <stdbool.h>
#include <stdint.h>

/* The registers of user mode, at the end of the thread's kernel stack; start.S knows the layout. */
struct trap_frame {
  uint64_t x[32];
  uint64_t pc;
  uint64_t unused;
};

enum { REG_SP = 2, REG_A0 = 10, REG_A1 = 11, REG_A2 = 12, REG_A7 = 17 };

/* Ticks of `time` a second. */
void thread_init(uint64_t timebase_hz);

/* A new thread that starts in user mode; its id, or -1. */
int thread_create(uint64_t pc, uint64_t sp, uint64_t a0, uint64_t a1);

/* Runs the threads, from the first that was created. */
void thread_run_all(void) __attribute__((noreturn));

/* Lets the others run, if they can. */
void thread_yield(void);
void thread_sleep(uint64_t microseconds);

/* Waits until `*condition` is true. */
void thread_wait_until(const bool *condition);
void thread_exit(void) __attribute__((noreturn));

/* Waits until the thread has ended and forgets it; false if there is none. */
bool thread_join(uint64_t id);

/* For the timer interrupt. */
void thread_end_of_slice(void);

#endif
