/* Runs until it is destroyed. */
#include <eapp.h>

int EAPP_ENTRY main() {
  for (;;) asm volatile("");
}
