/* The end of an enclave. */

#include "end.h"

#include "context.h"
#include "memory.h"
#include "owner.h"
#include "regions.h"
#include "relay.h"
#include "server.h"
#include "shm.h"

void release_caller(struct enclave *enclave) {
  struct enclave *caller = enclave->caller;
  caller->callee = 0;
  caller->frame.x[A0] = (uint64_t)ENCLAVE_ERROR;
  enclave->caller = 0;
}

/* The servers below an enclave go back to waiting for a call; what was passed to them goes back to the host. */
static void abandon_calls(struct enclave *enclave) {
  struct enclave *server = enclave->callee;
  while (server) {
    struct enclave *next = server->callee;
    drop_passed_memory(server);
    end_call(server);
    server = next;
  }
  enclave->callee = 0;
}

/* All that was given to it while it ran, newest last so that the host finds a list from the newest to the first. */
static void give_back_memory(struct enclave *enclave) {
  uint64_t list = give_back(enclave->pa, enclave->bytes, enclave->space.next, 0);
  for (uint64_t index = 0; index < enclave->region_count; index++) {
    const struct region *region = &enclave->regions[index];
    list = give_back(region->pa, region->bytes, region->pa + region->bytes, list);
  }
  shm_leave_all(enclave, list);
}

void end_enclave(struct enclave *enclave) {
  if (enclave->caller) {
    struct enclave *caller = enclave->caller;
    bool stopped = chain_tail(enclave)->state == ENCLAVE_STOPPED;
    release_caller(enclave);
    caller->state = stopped ? ENCLAVE_STOPPED : ENCLAVE_RUNNABLE;
  }
  abandon_calls(enclave);
  relay_give_back_all(enclave);
  if (enclave->type == NORMAL_ENCLAVE) host_unshare(enclave->kbuffer, enclave->kbuffer_bytes);
  if (enclave->shm_bytes) host_unshare(enclave->shm, enclave->shm_bytes);
  give_back_memory(enclave);
  if (enclave->template) enclave->template->forks--;
  enclave_forget(enclave);
}
