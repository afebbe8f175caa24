#include "console.h"

#include <stdio.h>

#include "sbi.h"

#define FINISHER_PASS 0x5555
#define FINISHER_FAIL 0x3333

static uintptr_t finisher;

void console_use_finisher(uintptr_t address) {
  finisher = address;
}

void console_write(const char *bytes, size_t size) {
  for (size_t index = 0; index < size; index++) sbi_put_character(bytes[index]);
}

static void print(const char *format, va_list values) {
  char text[512];
  size_t length = (size_t)vsnprintf(text, sizeof text, format, values);
  console_write(text, length < sizeof text ? length : sizeof text - 1);
}

void console_print(const char *format, ...) {
  va_list values;
  va_start(values, format);
  print(format, values);
  va_end(values);
}

void power_off(unsigned exit_code) {
  if (finisher != 0) {
    *(volatile uint32_t *)finisher = exit_code == 0 ? FINISHER_PASS : exit_code << 16 | FINISHER_FAIL;
  }
  sbi_shut_down(exit_code);
  for (;;) asm volatile("wfi");
}

void panic(const char *format, ...) {
  va_list values;
  va_start(values, format);
  console_print("host kernel: ");
  print(format, values);
  console_print("\n");
  va_end(values);
  power_off(EXIT_PANIC);
}

void panic_on_trap(uint64_t scause, uint64_t sepc, uint64_t stval, uint64_t sp) {
  panic("trap in the kernel: scause %lx, sepc %lx, stval %lx, sp %lx", scause, sepc, stval, sp);
}
