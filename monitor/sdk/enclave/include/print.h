/* eapp_print, for programs that include this header as the documentation's examples do. */
#include "eapp.h"
