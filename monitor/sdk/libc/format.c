#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct output {
  char *to;
  size_t size;
  size_t length;
};

static void put(struct output *output, char byte) {
  if (output->length + 1 < output->size) output->to[output->length] = byte;
  output->length++;
}

struct conversion {
  bool left;
  bool zeros;
  int width;
  bool is_long;
};

static void put_padded(struct output *output, struct conversion conversion, const char *text, size_t length) {
  size_t width = conversion.width > 0 ? (size_t)conversion.width : 0;
  size_t padding = width > length ? width - length : 0;
  if (!conversion.left) {
    for (; padding > 0; padding--) put(output, ' ');
  }
  for (size_t index = 0; index < length; index++) put(output, text[index]);
  for (; padding > 0; padding--) put(output, ' ');
}

static void put_number(struct output *output, struct conversion conversion, uint64_t value, bool negative,
                       unsigned base, const char *digits, const char *prefix) {
  char text[32];
  size_t start = sizeof text;
  do {
    text[--start] = digits[value % base];
    value /= base;
  } while (value > 0);
  size_t prefix_length = strlen(prefix) + negative;
  if (conversion.zeros && !conversion.left) {
    while (start > prefix_length && sizeof text - start + prefix_length < (size_t)conversion.width) text[--start] = '0';
  }
  for (size_t index = strlen(prefix); index > 0; index--) text[--start] = prefix[index - 1];
  if (negative) text[--start] = '-';
  put_padded(output, conversion, text + start, sizeof text - start);
}

int vsnprintf(char *to, size_t size, const char *format, va_list values) {
  static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
  struct output output = {to, size, 0};
  for (; *format != 0; format++) {
    if (*format != '%') {
      put(&output, *format);
      continue;
    }
    struct conversion conversion = {0};
    for (format++; *format == '-' || *format == '0'; format++) {
      if (*format == '-') conversion.left = true;
      else conversion.zeros = true;
    }
    for (; *format >= '0' && *format <= '9'; format++) conversion.width = conversion.width * 10 + (*format - '0');
    for (; *format == 'l' || *format == 'z'; format++) conversion.is_long = true;
    switch (*format) {
      case 'd':
      case 'i': {
        int64_t value = conversion.is_long ? va_arg(values, long) : va_arg(values, int);
        uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        put_number(&output, conversion, magnitude, value < 0, 10, lower, "");
        break;
      }
      case 'u':
      case 'x':
      case 'X': {
        uint64_t value = conversion.is_long ? va_arg(values, unsigned long) : va_arg(values, unsigned);
        put_number(&output, conversion, value, false, *format == 'u' ? 10 : 16, *format == 'X' ? upper : lower, "");
        break;
      }
      case 'p':
        put_number(&output, conversion, (uint64_t)va_arg(values, void *), false, 16, lower, "0x");
        break;
      case 'c': {
        char byte = (char)va_arg(values, int);
        put_padded(&output, conversion, &byte, 1);
        break;
      }
      case 's': {
        const char *text = va_arg(values, const char *);
        if (text == NULL) text = "(null)";
        put_padded(&output, conversion, text, strlen(text));
        break;
      }
      case '%':
        put(&output, '%');
        break;
      default:
        /* An unknown conversion is shown as it stands; one cut off by the end of the format is dropped. */
        if (*format == 0) goto done;
        put(&output, '%');
        put(&output, *format);
    }
  }
done:
  if (size > 0) to[output.length < size ? output.length : size - 1] = 0;
  return (int)output.length;
}

int snprintf(char *to, size_t size, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int length = vsnprintf(to, size, format, values);
  va_end(values);
  return length;
}

int sprintf(char *to, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int length = vsnprintf(to, SIZE_MAX, format, values);
  va_end(values);
  return length;
}
