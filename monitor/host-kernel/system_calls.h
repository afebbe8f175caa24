/* The system calls of sdk/host/include/host_calls.h. */
#ifndef SYSTEM_CALLS_H
#define SYSTEM_CALLS_H

#include <stdint.h>

/* Makes the call with the arguments; its result. */
long system_call(uint64_t number, const uint64_t *arguments);

#endif
