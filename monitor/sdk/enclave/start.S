/* Keeps the registers with which the enclave was entered, and calls its EAPP_ENTRY function. */
  .section .text.start, "ax"
  .globl _start
_start:
  /* t0 holds the address, so its own value (zero at each entry) is not kept. */
  la t0, eapp_entry_registers
  sd ra, 8(t0)
  sd sp, 16(t0)
  sd gp, 24(t0)
  sd tp, 32(t0)
  sd zero, 40(t0)
  sd t1, 48(t0)
  sd t2, 56(t0)
  sd s0, 64(t0)
  sd s1, 72(t0)
  sd a0, 80(t0)
  sd a1, 88(t0)
  sd a2, 96(t0)
  sd a3, 104(t0)
  sd a4, 112(t0)
  sd a5, 120(t0)
  sd a6, 128(t0)
  sd a7, 136(t0)
  sd s2, 144(t0)
  sd s3, 152(t0)
  sd s4, 160(t0)
  sd s5, 168(t0)
  sd s6, 176(t0)
  sd s7, 184(t0)
  sd s8, 192(t0)
  sd s9, 200(t0)
  sd s10, 208(t0)
  sd s11, 216(t0)
  sd t3, 224(t0)
  sd t4, 232(t0)
  sd t5, 240(t0)
  sd t6, 248(t0)
  call main
  tail EAPP_RETURN

  .bss
  .balign 8
  .globl eapp_entry_registers
eapp_entry_registers:
  .space 256
