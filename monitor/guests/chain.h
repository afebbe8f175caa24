/* What the enclaves of the server-call tutorial have in common. */
#ifndef CHAIN_H
#define CHAIN_H

#include <eapp.h>

#define PASSED_BYTES (4 * 4096ul)
/* Of a signature, as words. */
#define PRINTED_WORDS 16

/* Adds the words to `sum`. */
static inline unsigned long add_words(unsigned long sum, const int *words, unsigned long bytes) {
  for (unsigned long index = 0; index < bytes / sizeof *words; index++) sum += (unsigned long)words[index];
  return sum;
}

/* Prints the signature of a report on the enclave itself (NULL) or on a server. */
static inline void print_report(char *name) {
  static struct report_t report;
  if (get_report(name, &report, 1) != 0) {
    eapp_print("no report\n");
    return;
  }
  const unsigned *words = (const unsigned *)report.enclave.signature;
  for (int index = 0; index < PRINTED_WORDS; index++) eapp_print("0x%x\n", words[index]);
}

#endif
