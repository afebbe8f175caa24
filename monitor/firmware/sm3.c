/* SM3, block by block. */

#include "sm3.h"

#include "memory.h"

static uint32_t rotate(uint32_t value, unsigned count) { return value << count | value >> (-count & 31); }

static uint32_t load(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void store(uint8_t *bytes, uint32_t word) {
  bytes[0] = (uint8_t)(word >> 24);
  bytes[1] = (uint8_t)(word >> 16);
  bytes[2] = (uint8_t)(word >> 8);
  bytes[3] = (uint8_t)word;
}

static uint32_t p0(uint32_t x) { return x ^ rotate(x, 9) ^ rotate(x, 17); }
static uint32_t p1(uint32_t x) { return x ^ rotate(x, 15) ^ rotate(x, 23); }

/* Constant T of each round, turned by the number of the round. */
static uint32_t constants[64];

/*
 * One round. Instead of moving all eight words on, a round changes three of them in place, and the next one takes them by
 * the names that they then have.
 */
__attribute__((always_inline)) static inline void turn(uint32_t a, uint32_t *b, uint32_t ff, uint32_t *d, uint32_t e,
                                                       uint32_t *f, uint32_t gg, uint32_t *h, uint32_t constant,
                                                       const uint32_t *w) {
  uint32_t a12 = rotate(a, 12), ss1 = rotate(a12 + e + constant, 7);
  *d += ff + (ss1 ^ a12) + (w[0] ^ w[4]);
  *h = p0(*h + gg + ss1 + w[0]);
  *b = rotate(*b, 9);
  *f = rotate(*f, 19);
}

static uint32_t parity(uint32_t x, uint32_t y, uint32_t z) { return x ^ y ^ z; }
static uint32_t majority(uint32_t x, uint32_t y, uint32_t z) { return (x & y) | (z & (x | y)); }
static uint32_t choice(uint32_t x, uint32_t y, uint32_t z) { return ((y ^ z) & x) ^ z; }

/* Rounds `first` to `last`, four at a time: then the words have their old names again. */
#define ROUNDS(first, last, FF, GG)                                            \
  for (int j = first; j < last; j += 4) {                                      \
    turn(a, &b, FF(a, b, c), &d, e, &f, GG(e, f, g), &h, constants[j], w + j);             \
    turn(d, &a, FF(d, a, b), &c, h, &e, GG(h, e, f), &g, constants[j + 1], w + j + 1);     \
    turn(c, &d, FF(c, d, a), &b, g, &h, GG(g, h, e), &f, constants[j + 2], w + j + 2);     \
    turn(b, &c, FF(b, c, d), &a, f, &g, GG(f, g, h), &e, constants[j + 3], w + j + 3);     \
  }

static void compress(uint32_t state[8], const uint8_t *block) {
  uint32_t w[68];
  for (int j = 0; j < 16; j++) w[j] = load(block + 4 * j);
  for (int j = 16; j < 68; j++)
    w[j] = p1(w[j - 16] ^ w[j - 9] ^ rotate(w[j - 3], 15)) ^ rotate(w[j - 13], 7) ^ w[j - 6];

  uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
  uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
  ROUNDS(0, 16, parity, parity)
  ROUNDS(16, 64, majority, choice)
  state[0] ^= a;
  state[1] ^= b;
  state[2] ^= c;
  state[3] ^= d;
  state[4] ^= e;
  state[5] ^= f;
  state[6] ^= g;
  state[7] ^= h;
}

void sm3_init(struct sm3 *hash) {
  static const uint32_t start[8] = {0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600,
                                    0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e};
  if (constants[0] == 0)
    for (unsigned j = 0; j < 64; j++) constants[j] = rotate(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32);
  memcpy(hash->state, start, sizeof start);
  hash->size = 0;
}

void sm3_update(struct sm3 *hash, const void *bytes, size_t size) {
  const uint8_t *from = bytes;
  size_t filled = hash->size % SM3_BLOCK;
  hash->size += size;
  if (filled != 0) {
    size_t part = SM3_BLOCK - filled < size ? SM3_BLOCK - filled : size;
    memcpy(hash->block + filled, from, part);
    from += part;
    size -= part;
    if (filled + part < SM3_BLOCK) return;
    compress(hash->state, hash->block);
  }
  for (; size >= SM3_BLOCK; from += SM3_BLOCK, size -= SM3_BLOCK) compress(hash->state, from);
  memcpy(hash->block, from, size);
}

void sm3_final(struct sm3 *hash, uint8_t digest[SM3_BYTES]) {
  uint64_t bits = hash->size * 8;
  size_t filled = hash->size % SM3_BLOCK;
  hash->block[filled++] = 0x80;
  if (filled > SM3_BLOCK - 8) {
    memset(hash->block + filled, 0, SM3_BLOCK - filled);
    compress(hash->state, hash->block);
    filled = 0;
  }
  memset(hash->block + filled, 0, SM3_BLOCK - 8 - filled);
  store(hash->block + SM3_BLOCK - 8, (uint32_t)(bits >> 32));
  store(hash->block + SM3_BLOCK - 4, (uint32_t)bits);
  compress(hash->state, hash->block);
  for (int index = 0; index < 8; index++) store(digest + 4 * index, hash->state[index]);
}

void hmac_sm3(uint8_t digest[SM3_BYTES], const void *key, size_t key_size, const void *bytes, size_t size) {
  uint8_t pad[SM3_BLOCK] = {0};
  struct sm3 hash;
  memcpy(pad, key, key_size);
  for (int index = 0; index < SM3_BLOCK; index++) pad[index] ^= 0x36;
  sm3_init(&hash);
  sm3_update(&hash, pad, SM3_BLOCK);
  sm3_update(&hash, bytes, size);
  sm3_final(&hash, digest);
  for (int index = 0; index < SM3_BLOCK; index++) pad[index] ^= 0x36 ^ 0x5c;
  sm3_init(&hash);
  sm3_update(&hash, pad, SM3_BLOCK);
  sm3_update(&hash, digest, SM3_BYTES);
  sm3_final(&hash, digest);
}

void hkdf_sm3(uint8_t *key, size_t size, const void *salt, size_t salt_size, const void *input, size_t input_size) {
  uint8_t secret[SM3_BYTES], block[SM3_BYTES + 1];
  hmac_sm3(secret, salt, salt_size, input, input_size);
  size_t previous = 0;
  for (uint8_t number = 1; size > 0; number++) {
    uint8_t digest[SM3_BYTES];
    block[previous] = number;
    hmac_sm3(digest, secret, SM3_BYTES, block, previous + 1);
    size_t part = size < SM3_BYTES ? size : SM3_BYTES;
    memcpy(key, digest, part);
    key += part;
    size -= part;
    memcpy(block, digest, SM3_BYTES);
    previous = SM3_BYTES;
  }
}
