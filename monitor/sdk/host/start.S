/* The kernel puts argc at sp, and argv after it. */
  .section .text.start, "ax"
  .globl _start
_start:
  ld a0, 0(sp)
  addi a1, sp, 8
  call main
  tail exit
