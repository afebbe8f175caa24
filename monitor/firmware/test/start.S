# The test host: entry, trap handler that skips what faults, ecalls.
  .section .text.start, "ax"
  .globl _start
_start:
  la sp, stack_top
  la t0, _bss_start
  la t1, _bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  la t0, trap
  csrw stvec, t0
  call main
3:
  j 3b

  .text
  .balign 4
trap:
  # Interrupts: remember and switch off. Exceptions: remember the cause, skip the instruction (all probes are 4 bytes).
  csrw sscratch, t0
  addi sp, sp, -16
  sd t1, 0(sp)
  csrr t0, scause
  bltz t0, 4f
  la t1, last_fault
  sd t0, 0(t1)
  csrr t0, sepc
  addi t0, t0, 4
  csrw sepc, t0
  j 5f
4:
  la t1, last_interrupt
  sd t0, 0(t1)
  li t0, 0x222
  csrc sie, t0
5:
  ld t1, 0(sp)
  addi sp, sp, 16
  csrr t0, sscratch
  sret

  # uint64_t probe_load(uint64_t), void probe_store(uint64_t, uint64_t), void probe_fetch(uint64_t)
  .option norvc
  .globl probe_load
probe_load:
  ld a0, 0(a0)
  ret
  .globl probe_store
probe_store:
  sd a1, 0(a0)
  ret
  .globl probe_satp
probe_satp:
  csrw satp, a0
  ret
  .globl probe_illegal
probe_illegal:
  csrw mscratch, a0
  ret
  .option rvc

  # int64_t penglai(uint64_t function, a0, a1, a2, a3, a4, struct result *): a6 = result is callee's to write
  .globl penglai_call
penglai_call:
  addi sp, sp, -16
  sd a6, 0(sp)
  mv t0, a0
  mv a0, a1
  mv a1, a2
  mv a2, a3
  mv a3, a4
  mv a4, a5
  mv a6, t0
  li a7, 0x100100
  ecall
  ld t0, 0(sp)
  addi sp, sp, 16
  sd a0, 0(t0)
  sd a1, 8(t0)
  ret

  .bss
  .balign 16
  .space 16384
stack_top:
