/*
 * The enclave's side: names and signatures of the Penglai-TVM user manual. An enclave starts in its EAPP_ENTRY
 * function, which begins with EAPP_RESERVE_REG and never returns: it ends with EAPP_RETURN, or with SERVER_RETURN in a
 * server.
 *
 *   int EAPP_ENTRY main() {
 *     unsigned long *args;
 *     EAPP_RESERVE_REG;
 *     ...
 *     EAPP_RETURN(0);
 *   }
 */
#ifndef EAPP_H
#define EAPP_H

#include <penglai_abi.h>

/*
 * The registers with which the enclave was entered, by their numbers: args[10] is a0. Of a run: a0, a1 = shared
 * memory and its bytes, a3, a4 = relay pages and their bytes. Of a server call: a0 = value, a1, a2 = memory that was
 * passed and its bytes, a3, a4 = the server's shared memory and its bytes.
 */
#define EAPP_RESERVE_REG args = eapp_entry_registers

/* The linker takes it for the function that the entry code calls. */
#define EAPP_ENTRY __attribute__((section(".text.eapp_entry")))

extern unsigned long eapp_entry_registers[32];

void EAPP_RETURN(unsigned long retval) __attribute__((noreturn));
void SERVER_RETURN(struct call_enclave_arg_t *arg) __attribute__((noreturn));

/* Lets the host schedule something else. */
int EAPP_YIELD(void);

/* Memory of the enclave's own that can be passed to a server; asks again until the host gives some. */
void *eapp_mmap(void *vaddr, unsigned long size);
int eapp_unmap(void *vaddr, unsigned long size);

/* Moves the end of the heap by whole pages; gives the new end, or -1. */
void *sbrk(long size);

/* Print at most 511 bytes. Formats: %lx and %p 16 hex digits, %x 8, %d, %ld, %s, %c. */
void eapp_print(const char *format, ...);

/* The handle of a server, or -1. */
unsigned long acquire_enclave(char *name);

/* 0, or -1, or -2 where the server is busy; the answer is in `arg`. */
unsigned long call_enclave(unsigned long handle, struct call_enclave_arg_t *arg);

/* Passes the relay pages of `arg` to the enclave that has or will have the name. */
unsigned long asyn_enclave_call(char *name, struct call_enclave_arg_t *arg);
unsigned long split_mem_region(unsigned long mem_addr, unsigned long mem_size, unsigned long split_addr);

/* Gives the relay pages back to the host program and waits until it gives some again. */
int eapp_return_relay_page(void);

/* The report of this enclave where `name` is NULL, or of the server of that name. */
int get_report(char *name, struct report_t *report, unsigned long nonce);
int get_key(int key_type, char *key, int key_size);
int eapp_getrandom(void *buffer, unsigned long size);
unsigned long get_caller_id(void);
unsigned long get_enclave_id(void);

/* Sectors of the host's store pass through shared memory of host and enclave. */
int eapp_persistency_read_sec(unsigned long sec);
int eapp_persistency_write_sec(unsigned long sec);

/* Memory that enclaves share among themselves under a key. */
void *eapp_shmget(unsigned long key, unsigned long size, unsigned long flags);
void *eapp_shmattach(unsigned long key);
int eapp_shmdetach(unsigned long key);
int eapp_shmdestroy(unsigned long key);
int eapp_shmstat(unsigned long key, struct sbi_shm_des *description);

#endif
