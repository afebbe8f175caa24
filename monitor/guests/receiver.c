/* Shows the relay pages that another enclave passed to its name. */
#include <eapp.h>

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  if (args[13] == 0) EAPP_RETURN(1);
  eapp_print("receiver: got %lx bytes, content %d\n", args[14], *(int *)args[13]);
  EAPP_RETURN(0);
}
