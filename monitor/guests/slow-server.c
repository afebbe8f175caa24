/* A server that works for several time slices: the timer interrupts it, and the host resumes its caller. */
#include <eapp.h>

#define STEPS 2000000ul

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  struct call_enclave_arg_t answer = {.req_vaddr = args[11], .req_size = args[12]};
  for (volatile unsigned long step = 0; step < STEPS; step++) answer.resp_val = step + 1;
  SERVER_RETURN(&answer);
}
