/* Shadow enclaves: templates that never run, and the enclaves that are forked from them. */
#ifndef SHADOW_H
#define SHADOW_H

#include <stdint.h>

#include "frame.h"

/* Forks an enclave and enters it: ENTERED, -1 or -2; an error leaves all as it was. */
int64_t run_shadow(struct frame *frame, uint64_t eid, uint64_t param);
/* 0, or -1 while forks of it live. */
int64_t destroy_shadow(uint64_t eid);

#endif
