/* The hart comes from the firmware: a0 = hart id, a1 = device tree (physical), S-mode, translation off. */
  .section .text.start, "ax"
  .globl _start
_start:
  csrw sie, zero
  csrw sscratch, zero
  la t0, bss_start
  la t1, bss_end
1:
  sd zero, 0(t0)
  sd zero, 8(t0)
  sd zero, 16(t0)
  sd zero, 24(t0)
  addi t0, t0, 32
  bltu t0, t1, 1b
  la sp, boot_stack_end
  la t0, trap_entry
  csrw stvec, t0
  mv a0, a1
  tail kernel_main

  .bss
  .balign 4096
boot_stack:
  .space 8192
boot_stack_end:

  .text

/* sscratch: in user mode the end of the thread's kernel stack, in the kernel 0. */
  .balign 4
  .globl trap_entry
trap_entry:
  csrrw sp, sscratch, sp
  beqz sp, trap_in_kernel
  addi sp, sp, -272
  sd ra, 8(sp)
  sd gp, 24(sp)
  sd tp, 32(sp)
  sd t0, 40(sp)
  sd t1, 48(sp)
  sd t2, 56(sp)
  sd s0, 64(sp)
  sd s1, 72(sp)
  sd a0, 80(sp)
  sd a1, 88(sp)
  sd a2, 96(sp)
  sd a3, 104(sp)
  sd a4, 112(sp)
  sd a5, 120(sp)
  sd a6, 128(sp)
  sd a7, 136(sp)
  sd s2, 144(sp)
  sd s3, 152(sp)
  sd s4, 160(sp)
  sd s5, 168(sp)
  sd s6, 176(sp)
  sd s7, 184(sp)
  sd s8, 192(sp)
  sd s9, 200(sp)
  sd s10, 208(sp)
  sd s11, 216(sp)
  sd t3, 224(sp)
  sd t4, 232(sp)
  sd t5, 240(sp)
  sd t6, 248(sp)
  csrrw t0, sscratch, zero
  sd t0, 16(sp)
  csrr t0, sepc
  sd t0, 256(sp)
  mv a0, sp
  call handle_trap

/* Goes to user mode with the registers in the frame at sp, which is at the end of the thread's kernel stack. */
  .globl leave_to_user
leave_to_user:
  ld t0, 256(sp)
  csrw sepc, t0
  /* SPP = user, SPIE = 1; SUM stays 1. */
  li t0, 0x100
  csrc sstatus, t0
  li t0, 0x20
  csrs sstatus, t0
  addi t0, sp, 272
  csrw sscratch, t0
  ld ra, 8(sp)
  ld gp, 24(sp)
  ld tp, 32(sp)
  ld t0, 40(sp)
  ld t1, 48(sp)
  ld t2, 56(sp)
  ld s0, 64(sp)
  ld s1, 72(sp)
  ld a0, 80(sp)
  ld a1, 88(sp)
  ld a2, 96(sp)
  ld a3, 104(sp)
  ld a4, 112(sp)
  ld a5, 120(sp)
  ld a6, 128(sp)
  ld a7, 136(sp)
  ld s2, 144(sp)
  ld s3, 152(sp)
  ld s4, 160(sp)
  ld s5, 168(sp)
  ld s6, 176(sp)
  ld s7, 184(sp)
  ld s8, 192(sp)
  ld s9, 200(sp)
  ld s10, 208(sp)
  ld s11, 216(sp)
  ld t3, 224(sp)
  ld t4, 232(sp)
  ld t5, 240(sp)
  ld t6, 248(sp)
  ld sp, 16(sp)
  sret

/* The kernel itself never traps; if it does, say so on the boot stack, which nobody else uses by then. */
trap_in_kernel:
  csrr a3, sscratch
  la sp, boot_stack_end
  csrr a0, scause
  csrr a1, sepc
  csrr a2, stval
  tail panic_on_trap

/* void switch_context(struct context *from, const struct context *to): ra, sp, s0 to s11. */
  .globl switch_context
switch_context:
  sd ra, 0(a0)
  sd sp, 8(a0)
  sd s0, 16(a0)
  sd s1, 24(a0)
  sd s2, 32(a0)
  sd s3, 40(a0)
  sd s4, 48(a0)
  sd s5, 56(a0)
  sd s6, 64(a0)
  sd s7, 72(a0)
  sd s8, 80(a0)
  sd s9, 88(a0)
  sd s10, 96(a0)
  sd s11, 104(a0)
  ld ra, 0(a1)
  ld sp, 8(a1)
  ld s0, 16(a1)
  ld s1, 24(a1)
  ld s2, 32(a1)
  ld s3, 40(a1)
  ld s4, 48(a1)
  ld s5, 56(a1)
  ld s6, 64(a1)
  ld s7, 72(a1)
  ld s8, 80(a1)
  ld s9, 88(a1)
  ld s10, 96(a1)
  ld s11, 104(a1)
  ret
