# Reset entry, and the way in and out of every trap.

#include "frame.h"

  .section .text.start, "ax"
  .globl _start
_start:
  # a0 = hart, a1 = device tree; one hart runs, others sleep for good.
  la t0, trap_entry
  csrw mtvec, t0
  csrw mie, zero
  csrr t0, mhartid
  bnez t0, sleep
  # The frame of whoever runs next lies where a trap would put it.
  la sp, _stack_top - FRAME_BYTES
  la t0, _bss_start
  la t1, _bss_end
1:
  sd zero, 0(t0)
  sd zero, 8(t0)
  sd zero, 16(t0)
  sd zero, 24(t0)
  sd zero, 32(t0)
  sd zero, 40(t0)
  sd zero, 48(t0)
  sd zero, 56(t0)
  addi t0, t0, 64
  bltu t0, t1, 1b
  mv a2, sp
  call boot
  j leave
sleep:
  wfi
  j sleep

  .text
  .balign 4
  .globl trap_entry
trap_entry:
  # mscratch holds the stack while a lower mode runs, and 0 while the monitor does.
  csrrw sp, mscratch, sp
  beqz sp, trap_in_monitor
  addi sp, sp, -FRAME_BYTES
  sd x1, 8(sp)
  sd x3, 24(sp)
  sd x4, 32(sp)
  sd x5, 40(sp)
  sd x6, 48(sp)
  sd x7, 56(sp)
  sd x8, 64(sp)
  sd x9, 72(sp)
  sd x10, 80(sp)
  sd x11, 88(sp)
  sd x12, 96(sp)
  sd x13, 104(sp)
  sd x14, 112(sp)
  sd x15, 120(sp)
  sd x16, 128(sp)
  sd x17, 136(sp)
  sd x18, 144(sp)
  sd x19, 152(sp)
  sd x20, 160(sp)
  sd x21, 168(sp)
  sd x22, 176(sp)
  sd x23, 184(sp)
  sd x24, 192(sp)
  sd x25, 200(sp)
  sd x26, 208(sp)
  sd x27, 216(sp)
  sd x28, 224(sp)
  sd x29, 232(sp)
  sd x30, 240(sp)
  sd x31, 248(sp)
  csrrw t0, mscratch, zero
  sd t0, 16(sp)
  csrr t0, mepc
  sd t0, 0(sp)
  mv a0, sp
  call handle_trap
leave:
  ld t0, 0(sp)
  csrw mepc, t0
  ld t0, 16(sp)
  csrw mscratch, t0
  ld x1, 8(sp)
  ld x3, 24(sp)
  ld x4, 32(sp)
  ld x5, 40(sp)
  ld x6, 48(sp)
  ld x7, 56(sp)
  ld x8, 64(sp)
  ld x9, 72(sp)
  ld x10, 80(sp)
  ld x11, 88(sp)
  ld x12, 96(sp)
  ld x13, 104(sp)
  ld x14, 112(sp)
  ld x15, 120(sp)
  ld x16, 128(sp)
  ld x17, 136(sp)
  ld x18, 144(sp)
  ld x19, 152(sp)
  ld x20, 160(sp)
  ld x21, 168(sp)
  ld x22, 176(sp)
  ld x23, 184(sp)
  ld x24, 192(sp)
  ld x25, 200(sp)
  ld x26, 208(sp)
  ld x27, 216(sp)
  ld x28, 224(sp)
  ld x29, 232(sp)
  ld x30, 240(sp)
  ld x31, 248(sp)
  addi sp, sp, FRAME_BYTES
  csrrw sp, mscratch, sp
  mret

trap_in_monitor:
  la sp, _stack_top
  call fatal_trap
  j sleep

  # Where a host outside gets and gives a word (Spike's HTIF); found by their names.
  .section .htif, "aw"
  .balign 64
  .globl tohost
tohost:
  .dword 0
  .balign 64
  .globl fromhost
fromhost:
  .dword 0
