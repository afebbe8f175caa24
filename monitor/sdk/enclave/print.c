/* Printing: text goes into the page that enclave and host share, and the host prints it from there. */
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "eapp.h"
#include "eapp_write.h"

/* What the host prints at once, with the zero at the end. */
#define BUFFER_SIZE 512

static char *const buffer = (char *)ENCLAVE_DEFAULT_KBUFFER;

static size_t put(size_t length, char byte) {
  if (length < BUFFER_SIZE - 1) buffer[length] = byte;
  return length + 1;
}

static size_t put_hex(size_t length, uint64_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    length = put(length, "0123456789abcdef"[value >> shift & 15]);
  }
  return length;
}

static size_t put_decimal(size_t length, int64_t value) {
  uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  if (value < 0) length = put(length, '-');
  char digits[20];
  int count = 0;
  do {
    digits[count++] = (char)('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude > 0);
  while (count > 0) length = put(length, digits[--count]);
  return length;
}

static size_t put_text(size_t length, const char *text) {
  while (*text != 0) length = put(length, *text++);
  return length;
}

void eapp_print(const char *format, ...) {
  va_list values;
  va_start(values, format);
  size_t length = 0;
  for (; *format != 0; format++) {
    if (*format != '%') {
      length = put(length, *format);
      continue;
    }
    bool is_long = format[1] == 'l';
    format += is_long ? 2 : 1;
    if (*format == 0) break;
    switch (*format) {
      case 'p':
        length = put_hex(put_text(length, "0x"), va_arg(values, uint64_t), 16);
        break;
      case 'x':
        length = is_long ? put_hex(length, va_arg(values, uint64_t), 16) : put_hex(length, va_arg(values, unsigned), 8);
        break;
      case 'd':
        length = put_decimal(length, is_long ? va_arg(values, long) : va_arg(values, int));
        break;
      case 's':
        length = put_text(length, va_arg(values, const char *));
        break;
      case 'c':
        length = put(length, (char)va_arg(values, int));
        break;
      default:
        length = put(length, *format);
    }
  }
  va_end(values);
  buffer[length < BUFFER_SIZE ? length : BUFFER_SIZE - 1] = 0;
  eapp_write();
}

int printf(const char *format, ...) {
  va_list values;
  va_start(values, format);
  int length = vsnprintf(buffer, BUFFER_SIZE, format, values);
  va_end(values);
  eapp_write();
  return length;
}

int puts(const char *text) {
  return printf("%s\n", text);
}

int putchar(int byte) {
  printf("%c", byte);
  return byte;
}
