#ifndef EAPP_WRITE_H
#define EAPP_WRITE_H

/* Has the host print the text in the page that it shares with the enclave. */
void eapp_write(void);

#endif
