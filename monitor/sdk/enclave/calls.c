/* The calls of the monitor, and of the host through it. */
#include <stddef.h>
#include <stdint.h>

#include "eapp.h"
#include "eapp_write.h"

static long monitor_call(long number, long arg0, long arg1, long arg2, long arg3) {
  register long a0 asm("a0") = arg0;
  register long a1 asm("a1") = arg1;
  register long a2 asm("a2") = arg2;
  register long a3 asm("a3") = arg3;
  register long a6 asm("a6") = SBI_EXT_PENGLAI_ENCLAVE;
  register long a7 asm("a7") = number;
  asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
  return a0;
}

static long ocall(long id, long arg0, long arg1, long arg2) {
  return monitor_call(SBI_ENCLAVE_OCALL, id, arg0, arg1, arg2);
}

void EAPP_RETURN(unsigned long retval) {
  for (;;) monitor_call(SBI_EXIT_ENCLAVE, (long)retval, 0, 0, 0);
}

void SERVER_RETURN(struct call_enclave_arg_t *arg) {
  for (;;) monitor_call(SBI_ENCLAVE_RETURN, (long)arg, 0, 0, 0);
}

int EAPP_YIELD(void) {
  return (int)monitor_call(SBI_YIELD, 0, 0, 0, 0);
}

void *eapp_mmap(void *vaddr, unsigned long size) {
  size = (size + 4095) & -4096ul;
  for (;;) {
    long address = ocall(OCALL_MMAP, (long)vaddr, (long)size, 0);
    if (address != 0 && address != -1) return (void *)address;
  }
}

int eapp_unmap(void *vaddr, unsigned long size) {
  return (int)ocall(OCALL_UNMAP, (long)vaddr, (long)((size + 4095) & -4096ul), 0);
}

void *sbrk(long size) {
  return (void *)ocall(OCALL_SBRK, size, 0, 0);
}

void eapp_write(void) {
  ocall(OCALL_SYS_WRITE, 0, 0, 0);
}

unsigned long acquire_enclave(char *name) {
  return (unsigned long)monitor_call(SBI_ACQUIRE_SERVER, (long)name, 0, 0, 0);
}

unsigned long call_enclave(unsigned long handle, struct call_enclave_arg_t *arg) {
  return (unsigned long)monitor_call(SBI_CALL_ENCLAVE, (long)handle, (long)arg, 0, 0);
}

unsigned long asyn_enclave_call(char *name, struct call_enclave_arg_t *arg) {
  return (unsigned long)monitor_call(SBI_ASYN_ENCLAVE_CALL, (long)name, (long)arg, 0, 0);
}

unsigned long split_mem_region(unsigned long mem_addr, unsigned long mem_size, unsigned long split_addr) {
  return (unsigned long)monitor_call(SBI_SPLIT_MEM_REGION, (long)mem_addr, (long)mem_size, (long)split_addr, 0);
}

int eapp_return_relay_page(void) {
  return (int)ocall(OCALL_RETURN_RELAY_PAGE, 0, 0, 0);
}

int get_report(char *name, struct report_t *report, unsigned long nonce) {
  return (int)monitor_call(SBI_GET_REPORT, (long)name, (long)report, (long)nonce, 0);
}

int get_key(int key_type, char *key, int key_size) {
  return (int)monitor_call(SBI_GET_KEY, key_type, (long)key, key_size, 0);
}

int eapp_getrandom(void *buffer, unsigned long size) {
  return (int)ocall(OCALL_GETRANDOM, (long)buffer, (long)size, 0);
}

unsigned long get_caller_id(void) {
  return (unsigned long)monitor_call(SBI_GET_CALLER_ID, 0, 0, 0, 0);
}

unsigned long get_enclave_id(void) {
  return (unsigned long)monitor_call(SBI_GET_ENCLAVE_ID, 0, 0, 0, 0);
}

int eapp_persistency_read_sec(unsigned long sec) {
  return (int)ocall(OCALL_READ_SECT, (long)sec, 0, 0);
}

int eapp_persistency_write_sec(unsigned long sec) {
  return (int)ocall(OCALL_WRITE_SECT, (long)sec, 0, 0);
}

void *eapp_shmget(unsigned long key, unsigned long size, unsigned long flags) {
  long address = ocall(OCALL_SHM_GET, (long)key, (long)size, (long)flags);
  /* The first time, the monitor may have to ask the host for memory of its own, and does only that. */
  if (address == -1) address = ocall(OCALL_SHM_GET, (long)key, (long)size, (long)flags);
  return address == -1 ? NULL : (void *)address;
}

void *eapp_shmattach(unsigned long key) {
  return (void *)monitor_call(SBI_SHM_ATTACH, (long)key, 0, 0, 0);
}

int eapp_shmdetach(unsigned long key) {
  return (int)ocall(OCALL_SHM_DETACH, (long)key, 0, 0);
}

int eapp_shmdestroy(unsigned long key) {
  return (int)ocall(OCALL_SHM_DESTROY, (long)key, 0, 0);
}

int eapp_shmstat(unsigned long key, struct sbi_shm_des *description) {
  return (int)monitor_call(SBI_SHM_STAT, (long)key, (long)description, 0, 0);
}
