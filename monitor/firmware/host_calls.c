/* The calls of the host: function in a6, arguments from a0. */

#include "attest.h"
#include "calls.h"
#include "context.h"
#include "create.h"
#include "host_pages.h"
#include "pool.h"
#include "run.h"
#include "shadow.h"

#define SBI_ERR_NOT_SUPPORTED (-2)

/* An eid is an int of C: the low half of its register. */
#define EID(value) ((uint32_t)(value))

static int64_t serve(struct frame *frame) {
  const uint64_t *a = &frame->x[A0];
  switch (frame->x[A6]) {
    case SBI_SET_PTE:
      return set_pte(a[0], a[1], a[2], a[3]);
    case SBI_SM_INIT:
      return pt_area_init(a[0], a[1], a[2], a[3], a[4]);
    case SBI_SM_PT_AREA_SEPARATION:
      return pt_area_separate(a[0], a[1]);
    case SBI_SM_MAP_PTE:
      return split_huge_page(a[0], a[1]);
    case SBI_SCHRODINGER_INIT:
      return schrodinger_init(a[0], a[1]);
    case SBI_MEMORY_EXTEND:
      return host_guarded() ? pool_extend(a[0], a[1]) : ENCLAVE_ERROR;
    case SBI_CREATE_ENCLAVE:
      return create_enclave(a[0], NORMAL_ENCLAVE);
    case SBI_CREATE_SERVER_ENCLAVE:
      return create_enclave(a[0], SERVER_ENCLAVE);
    case SBI_CREATE_SHADOW_ENCLAVE:
      return create_enclave(a[0], SHADOW_ENCLAVE);
    case SBI_ATTEST_ENCLAVE:
      return attest_enclave(EID(a[0]), a[1], a[2]);
    case SBI_ATTEST_SHADOW_ENCLAVE:
      return attest_template(EID(a[0]), a[1], a[2]);
    case SBI_RUN_ENCLAVE:
      return run_enclave(frame, EID(a[0]), a[1]);
    case SBI_RUN_SHADOW_ENCLAVE:
      return run_shadow(frame, EID(a[0]), a[1]);
    case SBI_STOP_ENCLAVE:
      return stop_enclave(EID(a[0]));
    case SBI_RESUME_ENCLAVE:
      return resume_enclave(frame, EID(a[0]), a[1]);
    case SBI_DESTROY_ENCLAVE:
      return destroy_enclave(EID(a[0]));
    case SBI_DESTROY_SERVER_ENCLAVE:
      return destroy_server(EID(a[0]));
    case SBI_DESTROY_SHADOW_ENCLAVE:
      return destroy_shadow(EID(a[0]));
    case SBI_SM_PRINT:
      return 0;
    default:
      return SBI_ERR_NOT_SUPPORTED;
  }
}

void host_call(struct frame *frame) {
  int64_t result = serve(frame);
  if (result != ENTERED) host_result(frame, result);
}
