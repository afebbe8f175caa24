/*
 * The ABI of Penglai-TVM: numbers, structures and places that host, enclaves and monitor agree on.
 * Used by C and, without the structures, by assembly.
 */
#ifndef PENGLAI_ABI_H
#define PENGLAI_ABI_H

/* Extension ids. The host has its id in a7 and the function in a6; an enclave has its id in a6 and the number in a7. */
#define SBI_EXT_PENGLAI_HOST 0x100100
#define SBI_EXT_PENGLAI_ENCLAVE 0x100101

/* Host to monitor: function in a6, arguments in a0 to a4. */
#define SBI_SET_PTE 101
#define SBI_SM_INIT 100
#define SBI_CREATE_ENCLAVE 99
#define SBI_ATTEST_ENCLAVE 98
#define SBI_RUN_ENCLAVE 97
#define SBI_STOP_ENCLAVE 96
#define SBI_RESUME_ENCLAVE 95
#define SBI_DESTROY_ENCLAVE 94
#define SBI_MEMORY_EXTEND 92
#define SBI_CREATE_SERVER_ENCLAVE 90
#define SBI_DESTROY_SERVER_ENCLAVE 89
#define SBI_RUN_SHADOW_ENCLAVE 87
#define SBI_CREATE_SHADOW_ENCLAVE 86
#define SBI_SCHRODINGER_INIT 85
#define SBI_SM_PRINT 84
#define SBI_SM_PT_AREA_SEPARATION 83
#define SBI_SM_MAP_PTE 81
#define SBI_ATTEST_SHADOW_ENCLAVE 80
#define SBI_DESTROY_SHADOW_ENCLAVE 79

/* SBI_SET_PTE: what to do, in a0. */
#define SET_PTE_ONE 1
#define PTE_MEMSET 2
#define PTE_MEMCPY 3
#define SET_PTE_BATCH_ZERO 4
#define SET_PTE_BATCH_SET 5

/* Errors, and the least result that is not moved to a1: a host result of 0 to 100 comes back as a0 = 0, a1 = result. */
#define ENCLAVE_ERROR (-1)
#define ENCLAVE_NO_MEM (-2)
#define ENCLAVE_ATTESTATION (-3)
#define ESERVERBUSY 2
#define SBI_LEGAL_MAX 100

/* Why an enclave came back to the host (a1). */
#define ENCLAVE_SUCCESS 0
#define ENCLAVE_TIMER_IRQ 1
#define ENCLAVE_OCALL 2
#define ENCLAVE_YIELD 3

/* SBI_RESUME_ENCLAVE: why the host resumes (a1). */
#define RESUME_FROM_TIMER_IRQ 0
#define RESUME_FROM_STOP 1
#define RESUME_FROM_OCALL 2

/* Enclave to monitor: number in a7, arguments in a0 to a3. */
#define SBI_EXIT_ENCLAVE 99
#define SBI_ENCLAVE_OCALL 98
#define SBI_ACQUIRE_SERVER 97
#define SBI_CALL_ENCLAVE 96
#define SBI_ENCLAVE_RETURN 95
#define SBI_GET_REPORT 94
#define SBI_ASYN_ENCLAVE_CALL 93
#define SBI_SPLIT_MEM_REGION 92
#define SBI_GET_CALLER_ID 91
#define SBI_GET_ENCLAVE_ID 90
#define SBI_YIELD 89
#define SBI_GET_KEY 88
#define SBI_SHM_ATTACH 84
#define SBI_SHM_STAT 83

/* SBI_ENCLAVE_OCALL: which (a0). */
#define OCALL_MMAP 1
#define OCALL_UNMAP 2
#define OCALL_SYS_WRITE 3
#define OCALL_SBRK 4
#define OCALL_READ_SECT 5
#define OCALL_WRITE_SECT 6
#define OCALL_RETURN_RELAY_PAGE 7
#define OCALL_GETRANDOM 8
#define OCALL_SHM_GET 9
#define OCALL_SHM_DETACH 10
#define OCALL_SHM_DESTROY 11
#define OCALL_SHM_EXTEND_MEMORY 12

/* SBI_GET_KEY: which (a0). */
#define ENCLAVE_KEY 0
#define STORAGE_KEY 1
#define ATTEST_KEY 2

/* Types in enclave_create_param. */
#define NORMAL_ENCLAVE 0
#define SERVER_ENCLAVE 1
#define SHADOW_ENCLAVE 2

/* Virtual addresses in an enclave. */
#define ENCLAVE_DEFAULT_TEXT_BASE 0x0000000000001000
#define ENCLAVE_DEFAULT_HEAP_BASE 0x0000001000000000
#define ENCLAVE_DEFAULT_MMAP_BASE 0x0000003000000000
#define ENCLAVE_DEFAULT_STACK_BASE 0x0000003800000000
#define ENCLAVE_DEFAULT_STACK_SIZE 0x10000
#define ENCLAVE_DEFAULT_MM_ARG_BASE 0x0000003800000000
#define ENCLAVE_DEFAULT_SHM_BASE 0x0000003900000000
#define ENCLAVE_DEFAULT_SEC_SHM_BASE 0x0000004000000000
#define ENCLAVE_DEFAULT_KBUFFER 0xffffffe000000000
#define ENCLAVE_DEFAULT_KBUFFER_SIZE 0x1000

/* Bytes of a name, with or without a zero at its end; relay regions that one enclave holds. */
#define NAME_LEN 16
#define RELAY_PAGE_NUM 10

#define HASH_SIZE 32
#define PRIVATE_KEY_SIZE 32
#define PUBLIC_KEY_SIZE 64
#define SIGNATURE_SIZE 64

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

typedef enum {
  ENCLAVE_DESTROYED = -1,
  ENCLAVE_INVALID = 0,
  ENCLAVE_FRESH = 1,
  ENCLAVE_RUNNABLE = 2,
  ENCLAVE_RUNNING = 3,
  ENCLAVE_STOPPED = 4,
  ENCLAVE_ATTESTING = 5,
  ENCLAVE_OCALLING = 6,
} penglai_state_t;

/* One element of SET_PTE_BATCH_ZERO (bytes) or SET_PTE_BATCH_SET (entry). */
struct pt_area_batch_t {
  uint64_t ptep_base;
  union {
    uint64_t ptep_size;
    uint64_t ptep_entry;
  } entity;
};
_Static_assert(sizeof(struct pt_area_batch_t) == 16, "pt_area_batch_t");

/* All pointers are physical. ecall_arg0 to 3: where ocall_func_id, ocall_arg0, ocall_arg1, ocall_syscall_num go. */
struct penglai_enclave_create_param {
  uint64_t eid_ptr;
  char name[NAME_LEN];
  int32_t type;
  int32_t reserved;
  uint64_t paddr;
  uint64_t size;
  uint64_t entry_point;
  uint64_t free_mem;
  uint64_t kbuffer;
  uint64_t kbuffer_size;
  uint64_t shm_paddr;
  uint64_t shm_size;
  uint64_t ecall_arg0;
  uint64_t ecall_arg1;
  uint64_t ecall_arg2;
  uint64_t ecall_arg3;
  uint64_t retval;
};
_Static_assert(sizeof(struct penglai_enclave_create_param) == 136, "create_param");
_Static_assert(offsetof(struct penglai_enclave_create_param, name) == 8, "create_param.name");
_Static_assert(offsetof(struct penglai_enclave_create_param, type) == 24, "create_param.type");
_Static_assert(offsetof(struct penglai_enclave_create_param, paddr) == 32, "create_param.paddr");
_Static_assert(offsetof(struct penglai_enclave_create_param, size) == 40, "create_param.size");
_Static_assert(offsetof(struct penglai_enclave_create_param, entry_point) == 48, "create_param.entry_point");
_Static_assert(offsetof(struct penglai_enclave_create_param, free_mem) == 56, "create_param.free_mem");
_Static_assert(offsetof(struct penglai_enclave_create_param, kbuffer) == 64, "create_param.kbuffer");
_Static_assert(offsetof(struct penglai_enclave_create_param, kbuffer_size) == 72, "create_param.kbuffer_size");
_Static_assert(offsetof(struct penglai_enclave_create_param, shm_paddr) == 80, "create_param.shm_paddr");
_Static_assert(offsetof(struct penglai_enclave_create_param, shm_size) == 88, "create_param.shm_size");
_Static_assert(offsetof(struct penglai_enclave_create_param, ecall_arg0) == 96, "create_param.ecall_arg0");
_Static_assert(offsetof(struct penglai_enclave_create_param, ecall_arg3) == 120, "create_param.ecall_arg3");
_Static_assert(offsetof(struct penglai_enclave_create_param, retval) == 128, "create_param.retval");

struct penglai_enclave_run_param {
  uint64_t mm_arg_addr;
  uint64_t mm_arg_size;
};
_Static_assert(sizeof(struct penglai_enclave_run_param) == 16, "run_param");

struct penglai_shadow_enclave_run_param {
  uint64_t sptbr;
  uint64_t free_page;
  uint64_t size;
  uint64_t eid_ptr;
  uint64_t kbuffer;
  uint64_t kbuffer_size;
  uint64_t shm_paddr;
  uint64_t shm_size;
  uint64_t mm_arg_addr;
  uint64_t mm_arg_size;
  uint64_t ecall_arg0;
  uint64_t ecall_arg1;
  uint64_t ecall_arg2;
  uint64_t ecall_arg3;
  uint64_t retval;
  char name[NAME_LEN];
};
_Static_assert(sizeof(struct penglai_shadow_enclave_run_param) == 136, "shadow_run_param");
_Static_assert(offsetof(struct penglai_shadow_enclave_run_param, free_page) == 8, "shadow_run_param.free_page");
_Static_assert(offsetof(struct penglai_shadow_enclave_run_param, eid_ptr) == 24, "shadow_run_param.eid_ptr");
_Static_assert(offsetof(struct penglai_shadow_enclave_run_param, kbuffer) == 32, "shadow_run_param.kbuffer");
_Static_assert(offsetof(struct penglai_shadow_enclave_run_param, shm_paddr) == 48, "shadow_run_param.shm_paddr");
_Static_assert(offsetof(struct penglai_shadow_enclave_run_param, mm_arg_addr) == 64, "shadow_run_param.mm_arg_addr");
_Static_assert(offsetof(struct penglai_shadow_enclave_run_param, ecall_arg0) == 80, "shadow_run_param.ecall_arg0");
_Static_assert(offsetof(struct penglai_shadow_enclave_run_param, retval) == 112, "shadow_run_param.retval");
_Static_assert(offsetof(struct penglai_shadow_enclave_run_param, name) == 120, "shadow_run_param.name");

struct call_enclave_arg_t {
  uint64_t req_arg;
  uint64_t resp_val;
  uint64_t req_vaddr;
  uint64_t req_size;
  uint64_t resp_vaddr;
  uint64_t resp_size;
};
_Static_assert(sizeof(struct call_enclave_arg_t) == 48, "call_enclave_arg_t");

struct sm_report_t {
  uint8_t hash[HASH_SIZE];
  uint8_t signature[SIGNATURE_SIZE];
  uint8_t sm_pub_key[PUBLIC_KEY_SIZE];
};

struct enclave_report_t {
  uint8_t hash[HASH_SIZE];
  uint8_t signature[SIGNATURE_SIZE];
  uint64_t nonce;
};

struct report_t {
  struct sm_report_t sm;
  struct enclave_report_t enclave;
  uint8_t dev_pub_key[PUBLIC_KEY_SIZE];
};
_Static_assert(sizeof(struct report_t) == 328, "report_t");
_Static_assert(offsetof(struct report_t, enclave) == 160, "report_t.enclave");
_Static_assert(offsetof(struct report_t, enclave.signature) == 192, "report_t.enclave.signature");
_Static_assert(offsetof(struct report_t, enclave.nonce) == 256, "report_t.enclave.nonce");
_Static_assert(offsetof(struct report_t, dev_pub_key) == 264, "report_t.dev_pub_key");

struct sbi_shm_des {
  uint64_t ref_count;
  uint64_t shm_size;
};
_Static_assert(sizeof(struct sbi_shm_des) == 16, "sbi_shm_des");

/*
 * At the start of each piece of memory that the monitor gives back: where it is, its bytes, and the physical address of
 * the next piece that was given back in the same call, or 0. After a shrinking sbrk, ocall_arg0 names the first.
 */
struct pm_area_struct {
  uint64_t paddr;
  uint64_t size;
  uint64_t free_mem;
  uint64_t pm_next;
};
_Static_assert(sizeof(struct pm_area_struct) == 32, "pm_area_struct");

#endif
#endif
