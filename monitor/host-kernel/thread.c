#include "thread.h"

#include <stddef.h>
#include <string.h>

#include "console.h"
#include "pages.h"
#include "sbi.h"

#define MOST_THREADS 64
#define STACK_PAGES 4
#define SLICES_PER_SECOND 1000

struct context {
  uint64_t ra, sp, s[12];
};

struct thread {
  enum { NONE, ALIVE, ENDED } state;
  bool has_ended;
  struct context context;
  uint64_t stack;
  /* Not before this time, and not before this is true, if it is anything. */
  uint64_t wake_time;
  const bool *condition;
};

void switch_context(struct context *from, const struct context *to);
void leave_to_user(void);

static struct thread threads[MOST_THREADS];
static struct thread *current;
static uint64_t ticks_per_slice, ticks_per_microsecond;

static uint64_t now(void) {
  uint64_t time;
  asm volatile("rdtime %0" : "=r"(time));
  return time;
}

void thread_init(uint64_t timebase_hz) {
  ticks_per_slice = timebase_hz / SLICES_PER_SECOND;
  ticks_per_microsecond = timebase_hz / 1000000;
  asm volatile("csrw sie, %0" : : "r"(1ul << 5));
}

int thread_create(uint64_t pc, uint64_t sp, uint64_t a0, uint64_t a1) {
  for (int id = 0; id < MOST_THREADS; id++) {
    struct thread *thread = &threads[id];
    if (thread->state != NONE) continue;
    thread->stack = pages_allocate(STACK_PAGES);
    if (thread->stack == 0) return -1;
    struct trap_frame *frame = (struct trap_frame *)(thread->stack + STACK_PAGES * PAGE_SIZE) - 1;
    frame->pc = pc;
    frame->x[REG_SP] = sp;
    frame->x[REG_A0] = a0;
    frame->x[REG_A1] = a1;
    thread->context = (struct context){.ra = (uint64_t)leave_to_user, .sp = (uint64_t)frame};
    thread->wake_time = 0;
    thread->condition = NULL;
    thread->has_ended = false;
    thread->state = ALIVE;
    return id;
  }
  return -1;
}

static bool can_run(const struct thread *thread) {
  return thread->state == ALIVE && (thread->condition == NULL || *thread->condition) && thread->wake_time <= now();
}

/* The next thread after the current one that can run; waits for one if all sleep. */
static struct thread *next_thread(void) {
  for (;;) {
    uint64_t earliest = UINT64_MAX;
    for (int offset = 1; offset <= MOST_THREADS; offset++) {
      struct thread *thread = &threads[(current - threads + offset) % MOST_THREADS];
      if (can_run(thread)) return thread;
      bool sleeps = thread->state == ALIVE && thread->condition == NULL;
      if (sleeps && thread->wake_time < earliest) earliest = thread->wake_time;
    }
    if (earliest == UINT64_MAX) panic("all threads wait for one another");
    sbi_set_timer(earliest);
    asm volatile("wfi");
  }
}

static void schedule(void) {
  struct thread *before = current;
  current = next_thread();
  sbi_set_timer(now() + ticks_per_slice);
  if (current != before) switch_context(&before->context, &current->context);
}

void thread_run_all(void) {
  static struct context boot;
  current = &threads[0];
  sbi_set_timer(now() + ticks_per_slice);
  switch_context(&boot, &current->context);
  __builtin_unreachable();
}

void thread_yield(void) {
  schedule();
}

void thread_end_of_slice(void) {
  schedule();
}

void thread_sleep(uint64_t microseconds) {
  current->wake_time = now() + microseconds * ticks_per_microsecond;
  schedule();
}

void thread_wait_until(const bool *condition) {
  current->condition = condition;
  if (!*condition) schedule();
  current->condition = NULL;
}

void thread_exit(void) {
  current->state = ENDED;
  current->has_ended = true;
  schedule();
  __builtin_unreachable();
}

bool thread_join(uint64_t id) {
  if (id >= MOST_THREADS || threads[id].state == NONE || &threads[id] == current) return false;
  thread_wait_until(&threads[id].has_ended);
  threads[id].state = NONE;
  pages_free(threads[id].stack, STACK_PAGES);
  return true;
}
