#include <eapp.h>
#include <stdio.h>

int EAPP_ENTRY main() {
  printf("hello world!\n");
  EAPP_RETURN(0);
}
