/* The supervisor binary interface, as far as a host on one hart needs it. */
#ifndef SBI_H
#define SBI_H

#include "frame.h"

/* Serves an ecall of supervisor mode other than Penglai's; `frame` is already past it. */
void sbi_call(struct frame *frame);

#endif
