/* 256-bit numbers modulo an odd prime, in Montgomery form (x * 2^256 mod m); no step depends on the values. */
#ifndef FIELD_H
#define FIELD_H

#include <stdbool.h>
#include <stdint.h>

/* Least significant word first. */
struct number {
  uint64_t word[4];
};

struct modulus {
  struct number m;
  struct number r2;  /* 2^512 mod m */
  struct number one; /* 2^256 mod m */
  uint64_t inverse;  /* -1 / m mod 2^64 */
};

extern const struct modulus curve_p, curve_n;

struct number number_from_bytes(const uint8_t bytes[32]);
void number_to_bytes(uint8_t bytes[32], const struct number *number);
bool number_zero(const struct number *number);
bool number_less(const struct number *a, const struct number *b);
/* a mod m, for a below 2 m. */
struct number number_reduce(const struct number *a, const struct modulus *modulus);

struct number field_add(const struct number *a, const struct number *b, const struct modulus *modulus);
struct number field_sub(const struct number *a, const struct number *b, const struct modulus *modulus);
/* a * b / 2^256 mod m. */
struct number field_mul(const struct number *a, const struct number *b, const struct modulus *modulus);
struct number field_invert(const struct number *a, const struct modulus *modulus);
struct number field_enter(const struct number *a, const struct modulus *modulus);
struct number field_leave(const struct number *a, const struct modulus *modulus);

#endif
