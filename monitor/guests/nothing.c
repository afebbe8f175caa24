/* Ends at once. */
#include <eapp.h>

int EAPP_ENTRY main() {
  EAPP_RETURN(0);
}
