/* Makes a call that no monitor has: that ends it. */
#include <eapp.h>

int EAPP_ENTRY main() {
  eapp_print("illegal: before\n");
  asm volatile("li a6, 0\n li a7, 0\n ecall" : : : "a0", "a6", "a7", "memory");
  eapp_print("illegal: after\n");
  EAPP_RETURN(0);
}
