/* Arithmetic modulo the prime of the SM2 curve and the order of its group (GB/T 32918.5-2017). */

#include "field.h"

typedef unsigned __int128 wide;

const struct modulus curve_p = {
    .m = {{0xffffffffffffffff, 0xffffffff00000000, 0xffffffffffffffff, 0xfffffffeffffffff}},
    .r2 = {{0x0000000200000003, 0x00000002ffffffff, 0x0000000100000001, 0x0000000400000002}},
    .one = {{0x0000000000000001, 0x00000000ffffffff, 0x0000000000000000, 0x0000000100000000}},
    .inverse = 1,
};

const struct modulus curve_n = {
    .m = {{0x53bbf40939d54123, 0x7203df6b21c6052b, 0xffffffffffffffff, 0xfffffffeffffffff}},
    .r2 = {{0x901192af7c114f20, 0x3464504ade6fa2fa, 0x620fc84c3affe0d4, 0x1eb5e412a22b3d3b}},
    .one = {{0xac440bf6c62abedd, 0x8dfc2094de39fad4, 0x0000000000000000, 0x0000000100000000}},
    .inverse = 0x327f9e8872350975,
};

struct number number_from_bytes(const uint8_t bytes[32]) {
  struct number number = {{0}};
  for (int index = 0; index < 32; index++) {
    uint64_t *word = &number.word[3 - index / 8];
    *word = *word << 8 | bytes[index];
  }
  return number;
}

void number_to_bytes(uint8_t bytes[32], const struct number *number) {
  for (int index = 0; index < 32; index++)
    bytes[index] = (uint8_t)(number->word[3 - index / 8] >> (56 - 8 * (index % 8)));
}

bool number_zero(const struct number *number) {
  return (number->word[0] | number->word[1] | number->word[2] | number->word[3]) == 0;
}

/* a - b, and whether that borrows. */
static uint64_t subtract(struct number *result, const struct number *a, const struct number *b) {
  uint64_t borrow = 0;
  for (int index = 0; index < 4; index++) {
    wide difference = (wide)a->word[index] - b->word[index] - borrow;
    result->word[index] = (uint64_t)difference;
    borrow = (uint64_t)(difference >> 64) & 1;
  }
  return borrow;
}

bool number_less(const struct number *a, const struct number *b) {
  struct number ignored;
  return subtract(&ignored, a, b) != 0;
}

/* The second where `take` is 1, the first where it is 0. */
static struct number select(const struct number *first, const struct number *second, uint64_t take) {
  struct number result;
  for (int index = 0; index < 4; index++)
    result.word[index] = first->word[index] ^ ((first->word[index] ^ second->word[index]) & -take);
  return result;
}

/* `a`, with `carry` above it, less the modulus where that is not negative. */
static struct number reduce(const struct number *a, uint64_t carry, const struct modulus *modulus) {
  struct number less;
  uint64_t borrow = subtract(&less, a, &modulus->m);
  return select(&less, a, borrow & (carry ^ 1));
}

struct number number_reduce(const struct number *a, const struct modulus *modulus) { return reduce(a, 0, modulus); }

struct number field_add(const struct number *a, const struct number *b, const struct modulus *modulus) {
  struct number sum;
  uint64_t carry = 0;
  for (int index = 0; index < 4; index++) {
    wide total = (wide)a->word[index] + b->word[index] + carry;
    sum.word[index] = (uint64_t)total;
    carry = (uint64_t)(total >> 64);
  }
  return reduce(&sum, carry, modulus);
}

struct number field_sub(const struct number *a, const struct number *b, const struct modulus *modulus) {
  struct number difference, result;
  uint64_t mask = -subtract(&difference, a, b), carry = 0;
  for (int index = 0; index < 4; index++) {
    wide total = (wide)difference.word[index] + (modulus->m.word[index] & mask) + carry;
    result.word[index] = (uint64_t)total;
    carry = (uint64_t)(total >> 64);
  }
  return result;
}

struct number field_mul(const struct number *a, const struct number *b, const struct modulus *modulus) {
  uint64_t t[6] = {0};
  for (int outer = 0; outer < 4; outer++) {
    wide carry = 0;
    for (int index = 0; index < 4; index++) {
      carry += (wide)a->word[index] * b->word[outer] + t[index];
      t[index] = (uint64_t)carry;
      carry >>= 64;
    }
    carry += t[4];
    t[4] = (uint64_t)carry;
    t[5] = (uint64_t)(carry >> 64);

    uint64_t factor = t[0] * modulus->inverse;
    carry = ((wide)factor * modulus->m.word[0] + t[0]) >> 64;
    for (int index = 1; index < 4; index++) {
      carry += (wide)factor * modulus->m.word[index] + t[index];
      t[index - 1] = (uint64_t)carry;
      carry >>= 64;
    }
    carry += t[4];
    t[3] = (uint64_t)carry;
    t[4] = t[5] + (uint64_t)(carry >> 64);
  }
  struct number product = {{t[0], t[1], t[2], t[3]}};
  return reduce(&product, t[4], modulus);
}

struct number field_enter(const struct number *a, const struct modulus *modulus) {
  return field_mul(a, &modulus->r2, modulus);
}

struct number field_leave(const struct number *a, const struct modulus *modulus) {
  struct number one = {{1}};
  return field_mul(a, &one, modulus);
}

/* a to the power m - 2 (Fermat); the exponent is no secret. */
struct number field_invert(const struct number *a, const struct modulus *modulus) {
  struct number result = modulus->one, two = {{2}}, exponent;
  subtract(&exponent, &modulus->m, &two);
  for (int bit = 255; bit >= 0; bit--) {
    result = field_mul(&result, &result, modulus);
    if (exponent.word[bit / 64] >> bit % 64 & 1) result = field_mul(&result, a, modulus);
  }
  return result;
}
