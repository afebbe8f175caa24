/* The hash SM3 (GB/T 32905-2016), and HMAC and HKDF (RFC 2104, RFC 5869) over it. */
#ifndef SM3_H
#define SM3_H

#include <stddef.h>
#include <stdint.h>

enum { SM3_BYTES = 32, SM3_BLOCK = 64 };

struct sm3 {
  uint32_t state[8];
  uint64_t size;
  uint8_t block[SM3_BLOCK];
};

void sm3_init(struct sm3 *hash);
void sm3_update(struct sm3 *hash, const void *bytes, size_t size);
void sm3_final(struct sm3 *hash, uint8_t digest[SM3_BYTES]);

void hmac_sm3(uint8_t digest[SM3_BYTES], const void *key, size_t key_size, const void *bytes, size_t size);
/* `size` at most 255 * SM3_BYTES; salt and input key of at most SM3_BLOCK bytes. */
void hkdf_sm3(uint8_t *key, size_t size, const void *salt, size_t salt_size, const void *input, size_t input_size);

#endif
