/* What makes multiplying the generator of SM2's group fast. */
#ifndef SM2_MULTIPLES_H
#define SM2_MULTIPLES_H

#include "field.h"

/* Projective: (x / z, y / z). */
struct point {
  struct number x, y, z;
};

enum { SM2_MULTIPLES = 16 };

extern const struct point sm2_multiples[SM2_MULTIPLES];

#endif
