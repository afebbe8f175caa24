# Exceptions and their way: to M where nothing is delegated, to S where medeleg says so; what mcause, mepc and mtval tell;
# a vectored stvec; ecall from each mode; mret and sret.

        .equ    mpp_supervisor, 1 << 11
        .equ    mpp, 3 << 11
        .equ    spp, 1 << 8
        .equ    spie, 1 << 5

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      sp, stack_top
        li      t0, -1                  # PMP entry 0: all memory for S and U
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        la      t0, machine_trap
        csrw    mtvec, t0
        csrwi   medeleg, 0

# In M mode: an exception is taken at the instruction, which has no effect.
        li      gp, 1                   # check 1: illegal instruction; mtval has its bits
        li      s0, 2
        la      s1, 1f
        li      s2, 0xffffffff
        la      s3, 2f
1:      .word   0xffffffff
2:      bnez    s0, fail

        li      gp, 2                   # check 2: a write of a read-only CSR
        li      s0, 2
        la      s1, 1f
        lwu     s2, 0(s1)
        la      s3, 2f
        .balign 4
1:      csrrw   t0, mhartid, t0
2:      bnez    s0, fail

        li      gp, 3                   # check 3: misaligned load; mtval has the address
        li      s0, 4
        la      s1, 1f
        la      s2, word + 1
        la      s3, 2f
1:      lw      t0, 0(s2)
2:      bnez    s0, fail

        li      gp, 4                   # check 4: misaligned store
        li      s0, 6
        la      s1, 1f
        la      s2, word + 2
        la      s3, 2f
1:      sd      t0, 0(s2)
2:      bnez    s0, fail

        li      gp, 5                   # check 5: load where nothing is
        li      s0, 5
        la      s1, 1f
        li      s2, 0x40000000
        la      s3, 2f
1:      lb      t0, 0(s2)
2:      bnez    s0, fail

        li      gp, 6                   # check 6: fetch where nothing is; mepc is there
        li      s0, 1
        li      s1, 0x40000000
        mv      s2, s1
        la      s3, 2f
        jr      s1
2:      bnez    s0, fail

        li      gp, 7                   # check 7: ebreak; mtval is its address
        li      s0, 3
        la      s1, 1f
        mv      s2, s1
        la      s3, 2f
1:      ebreak
2:      bnez    s0, fail

        li      gp, 8                   # check 8: ecall from M
        li      s0, 11
        la      s1, 1f
        li      s2, 0
        la      s3, 2f
1:      ecall
2:      bnez    s0, fail

# In S mode, with some of what happens there and in U delegated.
        li      t0, 1 << 8 | 1 << 2     # ecall from U, illegal instruction
        csrw    medeleg, t0
        csrwi   mideleg, 1 << 1         # supervisor software interrupts
        la      t0, vectors + 1         # vectored
        csrw    stvec, t0
        li      t0, mpp
        csrc    mstatus, t0
        li      t0, mpp_supervisor
        csrs    mstatus, t0
        la      t0, supervisor
        csrw    mepc, t0
        mret

supervisor:
        li      gp, 9                   # check 9: a delegated exception stays in S; exceptions are not vectored
        li      s0, 2
        la      s1, 1f
        lwu     s2, 0(s1)
        la      s3, 2f
        .balign 4
1:      csrr    t0, mstatus
2:      bnez    s0, fail

        li      gp, 10                  # check 10: one that is not delegated goes to M
        li      s0, 9
        la      s1, 1f
        li      s2, 0
        la      s3, 2f
1:      ecall
2:      bnez    s0, fail

        li      gp, 11                  # check 11: an interrupt goes to its vector, when it is enabled
        li      s0, 1
        csrsi   sie, 1 << 1
        csrsi   sip, 1 << 1
        nop                             # pending, but S mode has its interrupts off
        csrsi   sstatus, 1 << 1
        nop
        bnez    s0, fail
        csrci   sstatus, 1 << 1

        li      gp, 12                  # check 12: ecall from U to S
        li      s0, 8
        la      s1, user_call
        li      s2, 0
        la      s3, 1f
        li      t0, spp
        csrc    sstatus, t0
        la      t0, user
        csrw    sepc, t0
        sret
1:      bnez    s0, fail
        csrr    t0, sstatus             # the trap came from U, with interrupts off
        andi    t1, t0, spp
        bnez    t1, fail

        li      gp, 13                  # check 13: sret takes SIE from SPIE, and leaves SPIE set and SPP clear
        li      t0, spp | spie
        csrs    sstatus, t0
        la      t0, 1f
        csrw    sepc, t0
        sret
1:      csrr    t0, sstatus
        andi    t1, t0, 1 << 1
        beqz    t1, fail
        andi    t1, t0, spp
        bnez    t1, fail
        andi    t1, t0, spie
        beqz    t1, fail

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

user:   nop
user_call:
        ecall
        j       fail

# Handlers. s0: the cause that is expected, cleared when it came; s1: where; s2: mtval; s3: where to go on.
        .balign 4
machine_trap:
        csrr    t0, mcause
        bne     t0, s0, fail
        csrr    t0, mepc
        bne     t0, s1, fail
        csrr    t0, mtval
        bne     t0, s2, fail
        li      s0, 0
        csrw    mepc, s3                # back to the mode that it came from
        mret

        .balign 256
        .option push
        .option norvc                   # four bytes to each vector
vectors:
        j       supervisor_exception
        j       supervisor_software     # cause 1
        .rept   14
        j       fail
        .endr
        .option pop

supervisor_exception:
        csrr    t0, scause
        bne     t0, s0, fail
        csrr    t0, sepc
        bne     t0, s1, fail
        csrr    t0, stval
        bne     t0, s2, fail
        li      s0, 0
        jr      s3                      # goes on in S mode, also after a trap from U

supervisor_software:
        csrr    t0, scause
        li      t1, 1 << 63 | 1
        bne     t0, t1, fail
        csrci   sip, 1 << 1
        li      s0, 0
        sret

        .data
        .balign 8
word:   .dword  0, 0
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8

        .bss
        .balign 16
        .zero   1024
stack_top:
