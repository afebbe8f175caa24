#include <pthread.h>
#include <stdlib.h>

#include "system_call.h"

#define STACK_SIZE 65536

struct pthread {
  long id;
  void *(*start)(void *);
  void *argument;
  void *result;
  char stack[STACK_SIZE] __attribute__((aligned(16)));
};

/* The thread that runs; each thread has it in its tp register. */
static struct pthread *self(void) {
  struct pthread *thread;
  asm("mv %0, tp" : "=r"(thread));
  return thread;
}

static void run(struct pthread *thread) {
  asm volatile("mv tp, %0" : : "r"(thread));
  pthread_exit(thread->start(thread->argument));
}

int pthread_create(pthread_t *to, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  struct pthread *thread = attributes == NULL ? malloc(sizeof *thread) : NULL;
  if (thread == NULL) return -1;
  thread->start = start;
  thread->argument = argument;
  thread->result = NULL;
  long top = (long)(thread->stack + STACK_SIZE);
  thread->id = system_call(SYS_THREAD_CREATE, (long)run, top, (long)thread, 0);
  if (thread->id < 0) {
    free(thread);
    return -1;
  }
  *to = thread;
  return 0;
}

int pthread_join(pthread_t thread, void **result) {
  if (system_call(SYS_THREAD_JOIN, thread->id, 0, 0, 0) < 0) return -1;
  if (result != NULL) *result = thread->result;
  free(thread);
  return 0;
}

void pthread_exit(void *result) {
  /* The first thread has no record. */
  if (self() != NULL) self()->result = result;
  system_call(SYS_THREAD_EXIT, 0, 0, 0, 0);
  __builtin_unreachable();
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
  mutex->is_locked = 0;
  return attributes == NULL ? 0 : -1;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
  while (__atomic_exchange_n(&mutex->is_locked, 1, __ATOMIC_ACQUIRE)) system_call(SYS_YIELD, 0, 0, 0, 0);
  return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex) {
  __atomic_store_n(&mutex->is_locked, 0, __ATOMIC_RELEASE);
  return 0;
}
