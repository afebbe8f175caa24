#include <stdlib.h>

long atol(const char *text) {
  while (*text == ' ' || *text == '\t' || *text == '\n') text++;
  int negative = *text == '-';
  if (*text == '-' || *text == '+') text++;
  unsigned long value = 0;
  for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + (unsigned long)(*text - '0');
  return (long)(negative ? 0 - value : value);
}

int atoi(const char *text) {
  return (int)atol(text);
}
