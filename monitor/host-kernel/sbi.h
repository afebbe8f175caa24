/* Calls of the firmware (SBI) and of the secure monitor in it. */
#ifndef SBI_H
#define SBI_H

#include <stdbool.h>
#include <stdint.h>

struct sbi_result {
  long error;
  long value;
};

void sbi_put_character(char byte);

/* Asks for a timer interrupt when `time` reaches this, and takes back one that is pending. */
void sbi_set_timer(uint64_t time);

#define EXTENSION_SYSTEM_RESET 0x53525354

/* Whether the firmware has the extension. */
bool sbi_has_extension(unsigned long extension);

/* Ends the machine, with the exit code where the firmware has system reset (SRST); comes back if it cannot. */
void sbi_shut_down(unsigned exit_code);

/*
 * A call of the monitor. Gives a negative error of the monitor, or else its answer: what it returned or, if an enclave
 * ran, why that left.
 */
long monitor_call(unsigned long function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4);

#endif
