/*
 * The curve y^2 = x^3 - 3x + b in projective coordinates, with the complete addition of Renes, Costello and Batina
 * (2016, algorithm 4): one formula for all points, so that time and addresses tell nothing of the key.
 */

#include "sm2.h"

#include "field.h"
#include "memory.h"
#include "sm3.h"

struct point {
  struct number x, y, z;
};

static const struct number b = {{0x90d230632bc0dd42, 0x71cf379ae9b537ab, 0x527981505ea51c3c, 0x240fe188ba20e2c8}};
static const struct point generator = {
    .x = {{0x61328990f418029e, 0x3e7981eddca6c050, 0xd6a1ed99ac24c3c3, 0x91167a5ee1c13b05}},
    .y = {{0xc1354e593c2d0ddd, 0xc1f5e5788d3295fa, 0x8d4cfb066e2a48f8, 0x63cd65d481d735bd}},
    .z = {{0x0000000000000001, 0x00000000ffffffff, 0x0000000000000000, 0x0000000100000000}},
};

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

enum { WINDOW = 4, MULTIPLES = 1 << WINDOW };

/* The x coordinate of k times the generator, 4 bits at a time; every multiple is read at each of them. */
static struct number multiple_x(const struct number *k) {
  static struct point multiples[MULTIPLES];
  multiples[0] = (struct point){.y = curve_p.one};
  for (int index = 1; index < MULTIPLES; index++) multiples[index] = point_add(&multiples[index - 1], &generator);

  struct point sum = multiples[0];
  for (int shift = 256 - WINDOW; shift >= 0; shift -= WINDOW) {
    for (int bit = 0; bit < WINDOW; bit++) sum = point_add(&sum, &sum);
    uint64_t digit = k->word[shift / 64] >> shift % 64 & (MULTIPLES - 1);
    struct point chosen = multiples[0];
    for (uint64_t index = 1; index < MULTIPLES; index++) {
      uint64_t difference = index ^ digit;
      point_choose(&chosen, &multiples[index], ((difference - 1) & ~difference) >> 63);
    }
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
