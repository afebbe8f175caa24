#include "sbi.h"

#include <penglai_abi.h>

#define LEGACY_SET_TIMER 0
#define LEGACY_PUT_CHARACTER 1
#define LEGACY_SHUTDOWN 8
#define EXTENSION_BASE 0x10

#define BASE_PROBE_EXTENSION 3
#define RESET_TYPE_SHUTDOWN 0
/* Reasons from here are the platform's own: ours are exit codes. */
#define RESET_REASON_EXIT_CODE 0xe0000000

static struct sbi_result call(unsigned long extension, unsigned long function, uint64_t arg0, uint64_t arg1,
                              uint64_t arg2, uint64_t arg3, uint64_t arg4) {
  register uint64_t a0 asm("a0") = arg0;
  register uint64_t a1 asm("a1") = arg1;
  register uint64_t a2 asm("a2") = arg2;
  register uint64_t a3 asm("a3") = arg3;
  register uint64_t a4 asm("a4") = arg4;
  register uint64_t a6 asm("a6") = function;
  register uint64_t a7 asm("a7") = extension;
  asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
  return (struct sbi_result){(long)a0, (long)a1};
}

void sbi_put_character(char byte) {
  call(LEGACY_PUT_CHARACTER, 0, (uint8_t)byte, 0, 0, 0, 0);
}

void sbi_set_timer(uint64_t time) {
  call(LEGACY_SET_TIMER, 0, time, 0, 0, 0, 0);
}

bool sbi_has_extension(unsigned long extension) {
  struct sbi_result result = call(EXTENSION_BASE, BASE_PROBE_EXTENSION, extension, 0, 0, 0, 0);
  return result.error == 0 && result.value != 0;
}

void sbi_shut_down(unsigned exit_code) {
  if (sbi_has_extension(EXTENSION_SYSTEM_RESET)) {
    uint64_t reason = exit_code == 0 ? 0 : RESET_REASON_EXIT_CODE | exit_code;
    call(EXTENSION_SYSTEM_RESET, 0, RESET_TYPE_SHUTDOWN, reason, 0, 0, 0);
  }
  call(LEGACY_SHUTDOWN, 0, exit_code, 0, 0, 0, 0);
}

long monitor_call(unsigned long function, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4) {
  struct sbi_result result = call(SBI_EXT_PENGLAI_HOST, function, a0, a1, a2, a3, a4);
  return result.error == 0 ? result.value : result.error;
}
