/* The registers of whoever was interrupted, as start.S puts them on the monitor's stack. */
#ifndef FRAME_H
#define FRAME_H

#define FRAME_BYTES 256

#ifndef __ASSEMBLER__

#include <stdint.h>

/* x[0], which holds nothing, has the address to continue at. */
struct frame {
  uint64_t x[32];
};
_Static_assert(sizeof(struct frame) == FRAME_BYTES, "frame");

enum { PC = 0, SP = 2, A0 = 10, A1 = 11, A2 = 12, A3 = 13, A4 = 14, A6 = 16, A7 = 17 };

#endif
#endif
