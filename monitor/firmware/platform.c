/* UART 16550, CLINT, test finisher and HTIF, where Spike and QEMU's virt have them. */

#include "platform.h"

#include "csr.h"

#define UART ((volatile uint8_t *)0x10000000ul)
#define FINISHER ((volatile uint32_t *)0x100000ul)
#define CLINT_MSIP ((volatile uint32_t *)CLINT_BASE)
#define CLINT_MTIMECMP ((volatile uint64_t *)(CLINT_BASE + 0x4000))

enum { UART_DATA = 0, UART_LINE_STATUS = 5, UART_RECEIVED = 1, UART_CAN_SEND = 0x20 };
enum { FINISHER_FAIL = 0x3333, FINISHER_PASS = 0x5555 };

extern volatile uint64_t tohost;

static struct machine found;

void platform_init(struct machine machine) {
  found = machine;
  *CLINT_MTIMECMP = ~0ul;
  *CLINT_MSIP = 0;
}

void console_put(char character) {
  while ((UART[UART_LINE_STATUS] & UART_CAN_SEND) == 0) continue;
  UART[UART_DATA] = (uint8_t)character;
}

int console_get(void) { return UART[UART_LINE_STATUS] & UART_RECEIVED ? UART[UART_DATA] : -1; }

void console_text(const char *text) {
  while (*text) console_put(*text++);
}

void console_hex(uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) console_put("0123456789abcdef"[value >> shift & 15]);
}

void timer_set(uint64_t time) { *CLINT_MTIMECMP = time; }

void software_interrupt_clear(void) { *CLINT_MSIP = 0; }

void power_off(uint64_t exit_code) {
  exit_code &= 0xffff;
  if (found.finisher) *FINISHER = exit_code == 0 ? FINISHER_PASS : (uint32_t)(exit_code << 16 | FINISHER_FAIL);
  if (found.htif) tohost = exit_code << 1 | 1;
  for (;;) __asm__ volatile("wfi");
}
