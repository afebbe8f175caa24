/* Shows the first word of its relay pages before and after it gave them back to the host. */
#include <eapp.h>

int EAPP_ENTRY main() {
  unsigned long *args;
  EAPP_RESERVE_REG;
  volatile int *relay_page = (int *)args[13];
  eapp_print("relay_page 1 %x\n", *relay_page);
  eapp_return_relay_page();
  eapp_print("relay_page 2 %x\n", *relay_page);
  EAPP_RETURN(0);
}
