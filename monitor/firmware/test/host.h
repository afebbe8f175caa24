/* A host for tests: memory, page tables, calls, and enclaves made of one function each. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "penglai_abi.h"

#define PAGE 4096ul
#define HUGE (512 * PAGE)

/* What penglai_call gives: a0 and a1. */
struct result {
  int64_t a0, a1;
};

uint64_t probe_load(uint64_t va);
void probe_store(uint64_t va, uint64_t value);
void probe_satp(uint64_t satp);
void probe_illegal(uint64_t value);
extern volatile uint64_t last_fault, last_interrupt;

struct result call(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4);
/* The result that the ABI moves to a1, or the error in a0. */
int64_t value(struct result result);
void print(const char *text);
void print_hex(uint64_t number);
void power_off(uint64_t code) __attribute__((noreturn));
void set_timer(uint64_t time);
uint64_t time_now(void);

void check(bool good, const char *text);
#define CHECK(condition) check(condition, #condition)
extern uint64_t failures, checks;

/* Fresh zeroed pages of the host, aligned to a power of two of pages. */
uint64_t pages(uint64_t count, uint64_t alignment);
void host_memory_init(void);
/* Address of the PTE that maps a page of the host's heap. */
uint64_t pte_address(uint64_t pa);

/* Areas as given to SM_INIT. */
extern uint64_t pt_area, pt_area_size, map_area, map_size;
#define PGD_ORDER 3
#define PMD_ORDER 3

/* Where the monitor puts an ocall, and what the enclave returned. */
struct mailbox {
  volatile uint64_t ocall_id, arg0, arg1, syscall, retval;
  volatile uint32_t eid;
};
extern struct mailbox *mail;

/* Code of an enclave: the function from start to end. */
struct guest {
  const void *start;
  uint64_t size;
};
#define GUEST(name)                                                                     \
  __attribute__((section(".guest." #name), noreturn, used)) void guest_##name(uint64_t a0, uint64_t a1, uint64_t a2, \
                                                                               uint64_t a3, uint64_t a4)
#define guest_of(name) ((const void *)guest_##name)

#define REGION_PAGES 64
struct made {
  uint64_t pa;
  uint64_t kbuffer;
  struct penglai_enclave_create_param *param;
};
/* Fills memory with tables, code at 0x1000 (RX), a data page at 0x2000 (RW), a stack; param for the call. */
struct made prepare(const void *code, const char *name);
/* The same, and creates it; the eid, or the error. */
int64_t make(const void *code, const char *name, uint64_t function, struct made *made);
int64_t run(uint64_t eid);
int64_t resume(uint64_t eid);
int64_t answer(uint64_t eid, uint64_t pa, uint64_t size);
/* Forks with pages of its own; the eid in `mail->eid`. */
int64_t fork(uint64_t eid, const char *name);
int64_t fork_with(uint64_t eid, const char *name, uint64_t relay, uint64_t relay_size);

#endif
