/* Reads memory that is not its own: that ends it. */
#include <eapp.h>

int EAPP_ENTRY main() {
  eapp_print("fault: before\n");
  unsigned long value = *(volatile unsigned long *)0x80000000;
  eapp_print("fault: read %lx\n", value);
  EAPP_RETURN(0);
}
