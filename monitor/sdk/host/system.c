/* The C library's side of the host kernel's system calls. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libc/heap.h"
#include "system_call.h"

#define MOST_PRINTED 1024

void exit(int code) {
  system_call(SYS_EXIT, code, 0, 0, 0);
  __builtin_unreachable();
}

int open(const char *path) {
  return (int)system_call(SYS_OPEN, (long)path, 0, 0, 0);
}

int close(int fd) {
  return (int)system_call(SYS_CLOSE, fd, 0, 0, 0);
}

int usleep(unsigned microseconds) {
  return (int)system_call(SYS_SLEEP, microseconds, 0, 0, 0);
}

static int print(const char *bytes, size_t size) {
  return (int)system_call(SYS_WRITE, 1, (long)bytes, (long)size, 0);
}

int printf(const char *format, ...) {
  char text[MOST_PRINTED];
  va_list values;
  va_start(values, format);
  size_t length = (size_t)vsnprintf(text, sizeof text, format, values);
  va_end(values);
  return print(text, length < sizeof text ? length : sizeof text - 1);
}

int puts(const char *text) {
  return printf("%s\n", text);
}

int putchar(int byte) {
  char text = (char)byte;
  return print(&text, 1) < 0 ? -1 : byte;
}

void *heap_grow(size_t size) {
  long address = system_call(SYS_MAP, (long)size, -1, 0, 0);
  return address < 0 ? NULL : (void *)address;
}

static volatile int heap_is_locked;

void heap_lock(void) {
  while (__atomic_exchange_n(&heap_is_locked, 1, __ATOMIC_ACQUIRE)) system_call(SYS_YIELD, 0, 0, 0, 0);
}

void heap_unlock(void) {
  __atomic_store_n(&heap_is_locked, 0, __ATOMIC_RELEASE);
}
