/* Copying and filling, word by word where both sides allow it. */

#include "memory.h"

uint64_t ram_end;

/* Words that are filled between two looks at how many are left. */
enum { AT_ONCE = 32 };

static bool words(const void *a, const void *b, size_t size) {
  return (((uint64_t)a | (uint64_t)b | size) & 7) == 0;
}

bool page_empty(const void *page) {
  const uint64_t *word = page, *end = word + PAGE / sizeof *word;
  for (; word < end; word += LINE_WORDS)
    if (!line_empty(word)) return false;
  return true;
}

void *memcpy(void *to, const void *from, size_t size) {
  if (words(to, from, size)) {
    uint64_t *target = to;
    const uint64_t *source = from;
    size_t count = size / 8;
    for (; count >= 4; count -= 4, target += 4, source += 4) {
      uint64_t a = source[0], b = source[1], c = source[2], d = source[3];
      target[0] = a;
      target[1] = b;
      target[2] = c;
      target[3] = d;
    }
    for (size_t index = 0; index < count; index++) target[index] = source[index];
  } else {
    uint8_t *target = to;
    const uint8_t *source = from;
    for (size_t index = 0; index < size; index++) target[index] = source[index];
  }
  return to;
}

void *memset(void *to, int byte, size_t size) {
  if (words(to, to, size)) {
    uint64_t *target = to;
    uint64_t word = (uint8_t)byte * 0x0101010101010101ul;
    size_t count = size / 8;
    for (; count >= AT_ONCE; count -= AT_ONCE, target += AT_ONCE) {
#pragma GCC unroll AT_ONCE
      for (int index = 0; index < AT_ONCE; index++) target[index] = word;
    }
    for (size_t index = 0; index < count; index++) target[index] = word;
  } else {
    uint8_t *target = to;
    for (size_t index = 0; index < size; index++) target[index] = (uint8_t)byte;
  }
  return to;
}
