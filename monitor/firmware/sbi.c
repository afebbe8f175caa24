/* SBI 0.3 with its legacy calls: console, timer, fences, shutdown. */

#include "sbi.h"

#include "csr.h"
#include "owner.h"
#include "platform.h"

#include "penglai_abi.h"

enum {
  LEGACY_SET_TIMER = 0,
  LEGACY_PUTCHAR = 1,
  LEGACY_GETCHAR = 2,
  LEGACY_CLEAR_IPI = 3,
  LEGACY_SEND_IPI = 4,
  LEGACY_FENCE_I = 5,
  LEGACY_SFENCE = 6,
  LEGACY_SFENCE_ASID = 7,
  LEGACY_SHUTDOWN = 8,
  BASE = 0x10,
  TIME = 0x54494d45,
  IPI = 0x735049,
  FENCE = 0x52464e43,
  HART_STATE = 0x48534d,
  RESET = 0x53525354,
};

enum { SUCCESS = 0, NOT_SUPPORTED = -2, INVALID_PARAM = -3 };

#define SPECIFICATION_VERSION 3 /* 0.3 */
#define IMPLEMENTATION_ID 0x595a /* "YZ" */
#define IMPLEMENTATION_VERSION 1
/* Reasons for a reset that are the system's own from here on: the low 16 bits are the exit code. */
#define OWN_RESET_REASON 0xf0000000

struct result {
  int64_t error;
  uint64_t value;
};

static void set_timer(uint64_t time) {
  timer_set(time);
  csr_clear(mip, 1 << IRQ_S_TIMER);
  csr_set(mie, 1 << IRQ_M_TIMER);
}

static bool known(uint64_t extension) {
  switch (extension) {
    case BASE:
    case TIME:
    case IPI:
    case FENCE:
    case HART_STATE:
    case RESET:
    case SBI_EXT_PENGLAI_HOST:
      return true;
    default:
      return extension <= LEGACY_SHUTDOWN;
  }
}

static struct result base(uint64_t function, uint64_t argument) {
  switch (function) {
    case 0:
      return (struct result){SUCCESS, SPECIFICATION_VERSION};
    case 1:
      return (struct result){SUCCESS, IMPLEMENTATION_ID};
    case 2:
      return (struct result){SUCCESS, IMPLEMENTATION_VERSION};
    case 3:
      return (struct result){SUCCESS, known(argument)};
    case 4:
      return (struct result){SUCCESS, csr_read(mvendorid)};
    case 5:
      return (struct result){SUCCESS, csr_read(marchid)};
    case 6:
      return (struct result){SUCCESS, csr_read(mimpid)};
    default:
      return (struct result){NOT_SUPPORTED, 0};
  }
}

static struct result reset(uint64_t type, uint64_t reason) {
  if (type != 0) return (struct result){type > 2 ? INVALID_PARAM : NOT_SUPPORTED, 0};
  power_off(reason >= OWN_RESET_REASON ? reason & 0xffff : reason);
}

/* Whether a mask of harts names the only one there is. */
static bool names_hart_0(uint64_t mask, uint64_t base) { return base == ~0ul || (base == 0 && (mask & 1)); }

static struct result send_ipi(uint64_t mask, uint64_t base) {
  if (!names_hart_0(mask, base)) return (struct result){INVALID_PARAM, 0};
  csr_set(mip, 1 << IRQ_S_SOFT);
  return (struct result){SUCCESS, 0};
}

static struct result fence(uint64_t function, uint64_t mask, uint64_t base) {
  if (function > 2) return (struct result){NOT_SUPPORTED, 0};
  if (!names_hart_0(mask, base)) return (struct result){INVALID_PARAM, 0};
  flush_translations();
  return (struct result){SUCCESS, 0};
}

static struct result serve(const uint64_t *a, uint64_t extension, uint64_t function) {
  struct result unknown = {NOT_SUPPORTED, 0};
  switch (extension) {
    case BASE:
      return base(function, a[0]);
    case TIME:
      if (function != 0) return unknown;
      set_timer(a[0]);
      return (struct result){SUCCESS, 0};
    case IPI:
      return function == 0 ? send_ipi(a[0], a[1]) : unknown;
    case FENCE:
      return fence(function, a[0], a[1]);
    case HART_STATE:
      if (function != 2) return unknown;
      return (struct result){a[0] == 0 ? SUCCESS : INVALID_PARAM, 0};
    case RESET:
      return function == 0 ? reset(a[0], a[1]) : unknown;
    default:
      return unknown;
  }
}

/* The legacy calls return one value, in a0. */
static int64_t legacy(uint64_t extension, uint64_t argument) {
  switch (extension) {
    case LEGACY_SET_TIMER:
      set_timer(argument);
      return 0;
    case LEGACY_PUTCHAR:
      console_put((char)argument);
      return 0;
    case LEGACY_GETCHAR:
      return console_get();
    case LEGACY_CLEAR_IPI:
      csr_clear(mip, 1 << IRQ_S_SOFT);
      return 0;
    case LEGACY_SEND_IPI:
      csr_set(mip, 1 << IRQ_S_SOFT);
      return 0;
    case LEGACY_SHUTDOWN:
      power_off(0);
    default:
      flush_translations();
      return 0;
  }
}

void sbi_call(struct frame *frame) {
  uint64_t *a = &frame->x[A0];
  uint64_t extension = frame->x[A7];
  if (extension <= LEGACY_SHUTDOWN) {
    a[0] = (uint64_t)legacy(extension, a[0]);
    return;
  }
  struct result result = serve(a, extension, frame->x[A6]);
  a[0] = (uint64_t)result.error;
  a[1] = result.value;
}
