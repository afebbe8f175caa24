#include <stdint.h>
#include <string.h>

/* Words where both sides allow it: enclaves and pages are copied with these. */
typedef uint64_t __attribute__((may_alias)) word;

void *memcpy(void *to, const void *from, size_t size) {
  char *target = to;
  const char *source = from;
  if ((((uintptr_t)target | (uintptr_t)source) & 7) == 0) {
    for (; size >= 8; size -= 8, target += 8, source += 8) *(word *)target = *(const word *)source;
  }
  while (size-- > 0) *target++ = *source++;
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  char *target = to;
  const char *source = from;
  if (target <= source || target >= source + size) return memcpy(to, from, size);
  while (size-- > 0) target[size] = source[size];
  return to;
}

void *memset(void *to, int byte, size_t size) {
  char *target = to;
  word pattern = (uint8_t)byte * 0x0101010101010101ull;
  while (size > 0 && ((uintptr_t)target & 7) != 0) *target++ = (char)byte, size--;
  for (; size >= 64; size -= 64, target += 64) {
    word *words = (word *)target;
    words[0] = words[1] = words[2] = words[3] = words[4] = words[5] = words[6] = words[7] = pattern;
  }
  while (size-- > 0) *target++ = (char)byte;
  return to;
}

int memcmp(const void *left, const void *right, size_t size) {
  const uint8_t *a = left, *b = right;
  for (; size > 0; a++, b++, size--) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length] != 0) length++;
  return length;
}

char *strcpy(char *to, const char *from) {
  return memcpy(to, from, strlen(from) + 1);
}

char *strncpy(char *to, const char *from, size_t size) {
  size_t index = 0;
  for (; index < size && from[index] != 0; index++) to[index] = from[index];
  for (; index < size; index++) to[index] = 0;
  return to;
}

char *strcat(char *to, const char *from) {
  strcpy(to + strlen(to), from);
  return to;
}

int strncmp(const char *left, const char *right, size_t size) {
  for (size_t index = 0; index < size; index++) {
    uint8_t a = (uint8_t)left[index], b = (uint8_t)right[index];
    if (a != b) return a - b;
    if (a == 0) return 0;
  }
  return 0;
}

int strcmp(const char *left, const char *right) {
  return strncmp(left, right, SIZE_MAX);
}

char *strchr(const char *text, int byte) {
  for (;; text++) {
    if (*text == (char)byte) return (char *)text;
    if (*text == 0) return NULL;
  }
}
