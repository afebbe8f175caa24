# Start, trap and exit of a C program: machine mode, one hart, no PMP, no translation.
  .section .text.start, "ax"
  .globl _start
_start:
  la   t0, trapped
  csrw mtvec, t0
  la   sp, stack_top
  call main
  # exit(a0): a0 = 0 passes
finish:
  slli a0, a0, 1
  ori  a0, a0, 1
  la   t0, tohost
  sd   a0, 0(t0)
1: j   1b

  .balign 4
trapped:
  csrr a0, mcause
  ori  a0, a0, 64
  j    finish

  .section .tohost, "aw", @progbits
  .balign 64
  .globl tohost
tohost: .dword 0
  .balign 64
  .globl fromhost
fromhost: .dword 0
