/* Formatted text: flags 0 and -, a width, the sizes l, ll and z, and the conversions d i u x X p c s %. */
#ifndef STDIO_H
#define STDIO_H

#include <stdarg.h>
#include <stddef.h>

/* Format into `to`, which has `size` bytes; give the length of the whole text, even where it did not fit. */
int vsnprintf(char *to, size_t size, const char *format, va_list values);
int snprintf(char *to, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int sprintf(char *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int puts(const char *text);
int putchar(int byte);

#endif
