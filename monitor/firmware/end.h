/* The end of an enclave: what it had goes back, and nobody waits for it any more. */
#ifndef END_H
#define END_H

#include "enclave.h"

/* It does not run. Those that it called are idle afterwards, the one that waits for it finds -1 as its result. */
void end_enclave(struct enclave *enclave);
/* Lets the caller of an enclave go on, with -1 as the result of its call. */
void release_caller(struct enclave *enclave);

#endif
