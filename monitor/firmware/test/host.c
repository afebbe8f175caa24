/* The test host. */

#include "host.h"

volatile uint64_t last_fault, last_interrupt;
uint64_t failures, checks;
uint64_t pt_area, pt_area_size, map_area, map_size;
struct mailbox *mail;

void *memset(void *to, int byte, unsigned long size) {
  for (unsigned long index = 0; index < size; index++) ((uint8_t *)to)[index] = (uint8_t)byte;
  return to;
}

void *memcpy(void *to, const void *from, unsigned long size) {
  for (unsigned long index = 0; index < size; index++) ((uint8_t *)to)[index] = ((const uint8_t *)from)[index];
  return to;
}

void penglai_call(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                  struct result *result);

static int64_t sbi(uint64_t extension, uint64_t function, uint64_t first, uint64_t second) {
  register uint64_t a0 __asm__("a0") = first;
  register uint64_t a1 __asm__("a1") = second;
  register uint64_t a6 __asm__("a6") = function;
  register uint64_t a7 __asm__("a7") = extension;
  __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
  return (int64_t)a0;
}

struct result call(uint64_t function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4) {
  struct result result;
  penglai_call(function, a0, a1, a2, a3, a4, &result);
  return result;
}

int64_t value(struct result result) { return result.a0 == 0 ? result.a1 : result.a0; }

void print(const char *text) {
  while (*text) sbi(1, 0, (uint64_t)*text++, 0);
}

void print_hex(uint64_t number) {
  for (int shift = 60; shift >= 0; shift -= 4) sbi(1, 0, (uint64_t)"0123456789abcdef"[number >> shift & 15], 0);
}

void power_off(uint64_t code) {
  sbi(0x53525354, 0, 0, code == 0 ? 0 : 0xf0000000 | code);
  for (;;) continue;
}

void set_timer(uint64_t time) { sbi(0x54494d45, 0, time, 0); }

uint64_t time_now(void) {
  uint64_t time;
  __asm__ volatile("rdtime %0" : "=r"(time));
  return time;
}

void check(bool good, const char *text) {
  checks++;
  if (good) return;
  failures++;
  print("failed: ");
  print(text);
  print("\n");
}

/* Memory: the payload's first 6 MiB, page tables, owner map, heap; RAM of 64 MiB or more. */
#define HEAP_BASE 0x80c00000ul
#define HEAP_END 0x84000000ul
static uint64_t heap = HEAP_BASE;

uint64_t pages(uint64_t count, uint64_t alignment) {
  uint64_t bytes = alignment * PAGE;
  heap = (heap + bytes - 1) / bytes * bytes;
  uint64_t pa = heap;
  heap += count * PAGE;
  for (uint64_t *word = (uint64_t *)pa; word < (uint64_t *)heap; word++) *word = 0;
  return pa;
}

static uint64_t entry(uint64_t pa, uint64_t flags) { return pa >> 12 << 10 | flags; }
enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };

static uint64_t pte_base(void) { return pt_area + ((1 << PGD_ORDER) + (1 << PMD_ORDER)) * PAGE; }

uint64_t pte_address(uint64_t pa) { return pte_base() + (pa - HEAP_BASE) / PAGE * 8; }

void host_memory_init(void) {
  pt_area = 0x80800000;
  pt_area_size = 0x100000;
  map_area = 0x80a00000;
  map_size = 0x200000;
  for (uint64_t *word = (uint64_t *)pt_area; word < (uint64_t *)(pt_area + pt_area_size); word++) *word = 0;
  uint64_t pmd = pt_area + (PAGE << PGD_ORDER);
  *(uint64_t *)(pt_area + PAGE + 2 * 8) = entry(pmd, V);
  for (uint64_t pa = 0x80000000; pa < HEAP_BASE; pa += HUGE)
    *(uint64_t *)(pmd + (pa - 0x80000000) / HUGE * 8) = entry(pa, V | R | W | X | A | D);
  for (uint64_t pa = HEAP_BASE; pa < HEAP_END; pa += HUGE)
    *(uint64_t *)(pmd + (pa - 0x80000000) / HUGE * 8) = entry(pte_address(pa), V);
  for (uint64_t pa = HEAP_BASE; pa < HEAP_END; pa += PAGE)
    *(uint64_t *)pte_address(pa) = entry(pa, V | R | W | X | A | D);
  mail = (struct mailbox *)pages(1, 1);
}

static void copy_name(char *to, const char *from) {
  for (int index = 0; index < NAME_LEN && from[index]; index++) to[index] = from[index];
}

struct made prepare(const void *code, const char *name) {
  uint64_t pa = pages(REGION_PAGES, 1);
  uint64_t *page = (uint64_t *)pa;
  enum { ROOT = 1, L1, L0, STACK_L1, STACK_L0, CODE, CODE2, DATA_PAGE, STACK, FREE };
#define ENTRY(table, index) page[(table) * 512 + (index)]
#define AT(number) (pa + (number) * PAGE)
  ENTRY(ROOT, 0) = entry(AT(L1), V);
  ENTRY(L1, 0) = entry(AT(L0), V);
  ENTRY(L0, 1) = entry(AT(CODE), V | R | X | U | A | D);
  ENTRY(L0, 2) = entry(AT(DATA_PAGE), V | R | W | X | U | A | D);
  ENTRY(ROOT, 0xdf) = entry(AT(STACK_L1), V);
  ENTRY(STACK_L1, 511) = entry(AT(STACK_L0), V);
  ENTRY(STACK_L0, 511) = entry(AT(STACK), V | R | W | U | A | D);
  memcpy((void *)AT(CODE), code, PAGE);
  struct made made = {.pa = pa, .kbuffer = pages(1, 1)};
  made.param = (struct penglai_enclave_create_param *)pages(1, 1);
  *made.param = (struct penglai_enclave_create_param){
      .eid_ptr = (uint64_t)&mail->eid,
      .paddr = pa,
      .size = REGION_PAGES * PAGE,
      .entry_point = 0x1000,
      .free_mem = AT(FREE),
      .kbuffer = made.kbuffer,
      .kbuffer_size = PAGE,
      .ecall_arg0 = (uint64_t)&mail->ocall_id,
      .ecall_arg1 = (uint64_t)&mail->arg0,
      .ecall_arg2 = (uint64_t)&mail->arg1,
      .ecall_arg3 = (uint64_t)&mail->syscall,
      .retval = (uint64_t)&mail->retval,
  };
  copy_name(made.param->name, name);
  return made;
}

int64_t make(const void *code, const char *name, uint64_t function, struct made *made) {
  struct made mine = prepare(code, name);
  if (function == SBI_CREATE_SHADOW_ENCLAVE) {
    /* A template brings no stack: the forks have their own. */
    ((uint64_t *)mine.pa)[512 + 0xdf] = 0;
  }
  int64_t result = value(call(function, (uint64_t)mine.param, 0, 0, 0, 0));
  if (made) *made = mine;
  return result == 0 ? (int64_t)mail->eid : result;
}

int64_t run(uint64_t eid) {
  static struct penglai_enclave_run_param param;
  return value(call(SBI_RUN_ENCLAVE, eid, (uint64_t)&param, 0, 0, 0));
}

int64_t resume(uint64_t eid) { return value(call(SBI_RESUME_ENCLAVE, eid, RESUME_FROM_TIMER_IRQ, 0, 0, 0)); }

int64_t answer(uint64_t eid, uint64_t pa, uint64_t size) {
  return value(call(SBI_RESUME_ENCLAVE, eid, RESUME_FROM_OCALL, mail->ocall_id, pa, size));
}

int64_t fork(uint64_t eid, const char *name) { return fork_with(eid, name, 0, 0); }

int64_t fork_with(uint64_t eid, const char *name, uint64_t relay, uint64_t relay_size) {
  static struct penglai_shadow_enclave_run_param param;
  param = (struct penglai_shadow_enclave_run_param){
      .free_page = pages(REGION_PAGES, 1),
      .size = REGION_PAGES * PAGE,
      .eid_ptr = (uint64_t)&mail->eid,
      .kbuffer = pages(1, 1),
      .kbuffer_size = PAGE,
      .mm_arg_addr = relay,
      .mm_arg_size = relay_size,
      .ecall_arg0 = (uint64_t)&mail->ocall_id,
      .ecall_arg1 = (uint64_t)&mail->arg0,
      .ecall_arg2 = (uint64_t)&mail->arg1,
      .ecall_arg3 = (uint64_t)&mail->syscall,
      .retval = (uint64_t)&mail->retval,
  };
  copy_name(param.name, name);
  return value(call(SBI_RUN_SHADOW_ENCLAVE, eid, (uint64_t)&param, 0, 0, 0));
}
