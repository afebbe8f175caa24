/* The requests that programs make of the enclave device. */
#ifndef DEVICE_REQUESTS_H
#define DEVICE_REQUESTS_H

#include <stdint.h>

/* Serves a request of param.h, with its parameter at that user address; its result, negative for an error. */
long device_request(uint64_t request, uint64_t parameter);

#endif
