/*
 * The curve y^2 = x^3 - 3x + b in projective coordinates, with the complete addition of Renes, Costello and Batina
 * (2016, algorithm 4): one formula for all points, so that time and addresses tell nothing of the key.
 */

#include "sm2.h"

#include "field.h"
#include "memory.h"
#include "sm2_multiples.h"
#include "sm3.h"

static const struct number b = {{0x90d230632bc0dd42, 0x71cf379ae9b537ab, 0x527981505ea51c3c, 0x240fe188ba20e2c8}};

static struct number add(struct number a, struct number c) { return field_add(&a, &c, &curve_p); }
static struct number sub(struct number a, struct number c) { return field_sub(&a, &c, &curve_p); }
static struct number mul(struct number a, struct number c) { return field_mul(&a, &c, &curve_p); }

static struct point point_add(const struct point *p, const struct point *q) {
  struct number xx = mul(p->x, q->x), yy = mul(p->y, q->y), zz = mul(p->z, q->z);
  struct number xy = sub(mul(add(p->x, p->y), add(q->x, q->y)), add(xx, yy));
  struct number yz = sub(mul(add(p->y, p->z), add(q->y, q->z)), add(yy, zz));
  struct number xz = sub(mul(add(p->x, p->z), add(q->x, q->z)), add(xx, zz));

  struct number u = sub(xz, mul(b, zz));
  struct number u3 = add(add(u, u), u);
  struct number minus = sub(yy, u3), plus = add(yy, u3);

  struct number zz3 = add(add(zz, zz), zz);
  struct number v = sub(sub(mul(b, xz), zz3), xx);
  struct number v3 = add(add(v, v), v);
  struct number w = sub(add(add(xx, xx), xx), zz3);

  return (struct point){
      .x = sub(mul(plus, xy), mul(yz, v3)),
      .y = add(mul(plus, minus), mul(w, v3)),
      .z = add(mul(yz, minus), mul(xy, w)),
  };
}

static void point_choose(struct point *point, const struct point *other, uint64_t take) {
  uint64_t *to = (uint64_t *)point;
  const uint64_t *from = (const uint64_t *)other;
  for (unsigned index = 0; index < sizeof *point / sizeof *to; index++) to[index] ^= (to[index] ^ from[index]) & -take;
}

/*
 * The x coordinate of k times the generator. One doubling serves four bits of k that are 64 apart; every multiple is read
 * for each of them.
 */
static struct number multiple_x(const struct number *k) {
  struct point sum = sm2_multiples[0];
  for (int bit = 63; bit >= 0; bit--) {
    uint64_t digit = 0;
    for (int word = 0; word < 4; word++) digit |= (k->word[word] >> bit & 1) << word;
    struct point chosen = sm2_multiples[0];
    for (uint64_t index = 1; index < SM2_MULTIPLES; index++) {
      uint64_t difference = index ^ digit;
      point_choose(&chosen, &sm2_multiples[index], ((difference - 1) & ~difference) >> 63);
    }
    sum = point_add(&sum, &sum);
    sum = point_add(&sum, &chosen);
  }
  struct number x = mul(sum.x, field_invert(&sum.z, &curve_p));
  return field_leave(&x, &curve_p);
}

/* The number that must never be the same for two digests: made of key and digest, as RFC 6979 does it. */
static struct number secret(const uint8_t key[32], const uint8_t digest[32], uint8_t attempt) {
  uint8_t message[SM3_BYTES + 1], bytes[SM3_BYTES];
  memcpy(message, digest, SM3_BYTES);
  message[SM3_BYTES] = attempt;
  hmac_sm3(bytes, key, 32, message, sizeof message);
  return number_from_bytes(bytes);
}

void sm2_sign(uint8_t signature[64], const uint8_t private_key[32], const uint8_t digest[32]) {
  struct number e = number_from_bytes(digest), d = number_from_bytes(private_key);
  e = number_reduce(&e, &curve_n);
  struct number d_in = field_enter(&d, &curve_n);
  struct number d_plus_1 = field_add(&d_in, &curve_n.one, &curve_n);
  struct number inverse = field_invert(&d_plus_1, &curve_n);
  for (uint8_t attempt = 0;; attempt++) {
    struct number k = secret(private_key, digest, attempt);
    if (number_zero(&k) || !number_less(&k, &curve_n.m)) continue;
    struct number x = multiple_x(&k);
    x = number_reduce(&x, &curve_n);
    struct number r = field_add(&e, &x, &curve_n), r_plus_k = field_add(&r, &k, &curve_n);
    if (number_zero(&r) || number_zero(&r_plus_k)) continue;
    /* s = (k - r d) / (1 + d) = (k + r) / (1 + d) - r */
    struct number in = field_enter(&r_plus_k, &curve_n);
    struct number quotient = field_mul(&in, &inverse, &curve_n);
    quotient = field_leave(&quotient, &curve_n);
    struct number s = field_sub(&quotient, &r, &curve_n);
    if (number_zero(&s)) continue;
    number_to_bytes(signature, &r);
    number_to_bytes(signature + 32, &s);
    return;
  }
}
