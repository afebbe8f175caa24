/* Signatures with SM2 (GB/T 32918.2-2016, 6.1), over a digest that is taken as e directly, as Penglai does. */
#ifndef SM2_H
#define SM2_H

#include <stdint.h>

/* Numbers as bytes, most significant first; the signature is r and s, the same for the same key and digest. */
void sm2_sign(uint8_t signature[64], const uint8_t private_key[32], const uint8_t digest[32]);

#endif
