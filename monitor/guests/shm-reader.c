/* A server that is passed only a value, the key of shared memory. It also tries to call itself. */
#include <eapp.h>
#include <stddef.h>

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  unsigned long key = args[10];
  struct call_enclave_arg_t answer = {.resp_val = 0};
  int *memory = eapp_shmattach(key);
  if (memory == NULL) SERVER_RETURN(&answer);
  struct call_enclave_arg_t call = {.req_arg = key};
  eapp_print("shm-reader: calling itself gives %ld\n", call_enclave(acquire_enclave("shm-reader"), &call));
  answer.resp_val = (unsigned long)*memory;
  *memory += 1;
  eapp_shmdetach(key);
  SERVER_RETURN(&answer);
}
