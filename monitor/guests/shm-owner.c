/* Makes shared memory, has the server "shm-reader" read and change it, and shows what the server made of it. */
#include <eapp.h>
#include <stddef.h>

#include "tutorial.h"

#define KEY 7ul

int EAPP_ENTRY main() {
  int *memory = eapp_shmget(KEY, PAGE, 0);
  unsigned long handle = acquire_enclave("shm-reader");
  if (memory == NULL || handle == -1ul) EAPP_RETURN(1);
  *memory = SHM_WORD;
  struct call_enclave_arg_t call = {.req_arg = KEY};
  if (call_enclave(handle, &call) != 0) EAPP_RETURN(2);
  eapp_print("shm-owner: server returned %ld, memory now %d\n", call.resp_val, *memory);
  EAPP_RETURN(0);
}
