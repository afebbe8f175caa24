/* The devices that the monitor uses: console, timer, and what ends the run. */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <stdint.h>

#include "device_tree.h"

#define CLINT_BASE 0x2000000ul
#define CLINT_BYTES 0x100000ul

void platform_init(struct machine machine);
void console_put(char character);
/* The next character, or -1. */
int console_get(void);
void console_text(const char *text);
void console_hex(uint64_t value);
/* Interrupts when the time has come. */
void timer_set(uint64_t time);
void software_interrupt_clear(void);
/* Ends the run; 0 is success. */
void power_off(uint64_t exit_code) __attribute__((noreturn));

#endif
