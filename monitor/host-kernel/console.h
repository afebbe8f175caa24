#ifndef CONSOLE_H
#define CONSOLE_H

#include <stddef.h>
#include <stdint.h>

void console_write(const char *bytes, size_t size);
void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Exit codes of the machine that no program has: theirs have 8 bits. */
#define EXIT_PANIC 0x1001
#define EXIT_NO_SUCH_PROGRAM 0x1002

/* Ends the machine. */
void power_off(unsigned exit_code) __attribute__((noreturn));

/* For what a correct kernel on a correct firmware never meets. */
void panic(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The test finisher, where the machine ends with that because the firmware takes no exit code; 0 for none. */
void console_use_finisher(uintptr_t address);

#endif
