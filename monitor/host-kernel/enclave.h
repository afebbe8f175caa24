/*
 * The enclaves that the host knows, under ids of its own: normal and server enclaves, templates ("shadow enclaves") and
 * their forks. This is the kernel's part of the Penglai driver.
 */
#ifndef ENCLAVE_H
#define ENCLAVE_H

#include <param.h>
#include <stdbool.h>
#include <stdint.h>

#include "enclave_image.h"
#include "shared_memory.h"

enum enclave_kind { ENCLAVE_NORMAL, ENCLAVE_SERVER, ENCLAVE_TEMPLATE, ENCLAVE_FORK };

/* What the monitor writes for the host; in a page of its own that always stays the host's. */
struct enclave_exchange {
  uint64_t ocall_id;
  uint64_t ocall_arg0;
  uint64_t ocall_arg1;
  uint64_t syscall_number;
  uint64_t retval;
  uint32_t eid;
};

struct enclave {
  bool in_use;
  enum enclave_kind kind;
  /* The monitor's number. */
  uint32_t eid;
  struct enclave_exchange *exchange;
  uint64_t kbuffer;
  struct enclave_image image;
  struct shared_piece *shared;
  /* A thread runs it, or waits to go on with that. */
  bool has_runner;
  /* False while it is stopped. */
  bool may_run;
  bool is_destroyed;
  /* It gave its relay pages back and waits for the program. */
  bool waits_for_relay;
};

/* The id of an enclave, and the enclave of an id or NULL. */
int enclave_id(const struct enclave *enclave);
struct enclave *enclave_find(uint64_t id);

/* A new enclave without a number, or NULL; and the end of one. */
struct enclave *enclave_allocate(enum enclave_kind kind);
void enclave_release(struct enclave *enclave);

/* The requests. They change `param` as the documentation says; 0 or more, or negative for an error. */
long enclave_create(struct penglai_enclave_user_param *param);
long enclave_run(struct penglai_enclave_user_param *param);
long enclave_attest(struct penglai_enclave_attest_param *param);
long enclave_stop(uint64_t id);
long enclave_resume(uint64_t id);
long enclave_destroy(uint64_t id);

/* A call of the monitor that may want more memory of its own: it gets it, and the call is made again. */
long monitor_call_with_memory(unsigned long function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4);

/* Gives the monitor more memory of its own; false if there is none. */
bool enclave_extend_monitor_memory(void);

#endif
