# Atomic memory operations in both widths, and when a store-conditional succeeds.

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      t0, trapped
        csrw    mtvec, t0

# Each AMO replaces 8 bytes of memory by what it makes of them and a1, and returns what was there.
        la      s0, cell
        li      s1, -10                 # in memory
        li      s2, 12                  # the operand
        la      s3, expected

        .equ    amos, 9
        li      gp, 1                   # check 1: the old value is returned
        sd      s1, 0(s0)
        amoswap.d t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 0, t2
        bne     t0, s1, fail
        sd      s1, 0(s0)
        amoadd.d.aq t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 8, t2
        bne     t0, s1, fail
        sd      s1, 0(s0)
        amoxor.d.rl t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 16, t2
        bne     t0, s1, fail
        sd      s1, 0(s0)
        amoand.d.aqrl t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 24, t2
        bne     t0, s1, fail
        sd      s1, 0(s0)
        amoor.d t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 32, t2
        bne     t0, s1, fail
        sd      s1, 0(s0)
        amomin.d t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 40, t2
        bne     t0, s1, fail
        sd      s1, 0(s0)
        amomax.d t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 48, t2
        bne     t0, s1, fail
        sd      s1, 0(s0)
        amominu.d t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 56, t2
        bne     t0, s1, fail
        sd      s1, 0(s0)
        amomaxu.d t0, s2, (s0)
        ld      t1, 0(s0)
        sd      t1, results + 64, t2
        bne     t0, s1, fail

        li      gp, 2                   # check 2: memory holds the result
        la      s4, results
        li      s5, amos
1:      ld      t0, 0(s4)
        ld      t1, 0(s3)
        bne     t0, t1, fail
        addi    s4, s4, 8
        addi    s3, s3, 8
        addi    s5, s5, -1
        bnez    s5, 1b

        li      gp, 3                   # check 3: of a word the old value is sign-extended, and its neighbour stays
        li      t0, 0x1234567880000000
        sd      t0, 0(s0)
        li      t1, -1
        amoadd.w t2, t1, (s0)
        lui     t3, 0x80000             # the old word, sign-extended
        bne     t2, t3, fail
        ld      t2, 0(s0)
        li      t3, 0x123456787fffffff
        bne     t2, t3, fail

        li      gp, 4                   # check 4: words are compared as 32 bits, signed or unsigned
        li      t0, 0x7fffffff
        sd      t0, 0(s0)
        li      t1, 0x80000000          # as a word the smallest number
        amomin.w t2, t1, (s0)
        lwu     t3, 0(s0)
        bne     t3, t1, fail
        amominu.w t2, t0, (s0)
        lwu     t3, 0(s0)
        bne     t3, t0, fail

        li      gp, 5                   # check 5: LR and SC add; again where the reservation was lost in between
        li      t0, 40
        sw      t0, 0(s0)
1:      lr.w    t1, (s0)
        addi    t1, t1, 2
        sc.w    t2, t1, (s0)
        bnez    t2, 1b
        lw      t1, 0(s0)
        li      t2, 42
        bne     t1, t2, fail

        li      gp, 6                   # check 6: one reservation allows one SC
        sc.w    t2, zero, (s0)
        beqz    t2, fail
        lw      t1, 0(s0)
        beqz    t1, fail

        li      gp, 7                   # check 7: SC elsewhere fails, stores nothing and ends the reservation
        la      s1, far
        lr.d    t0, (s0)
        sc.d    t2, s0, (s1)
        beqz    t2, fail
        ld      t0, 0(s1)
        bnez    t0, fail
        sc.d    t2, s0, (s0)
        beqz    t2, fail

        li      gp, 8                   # check 8: a misaligned AMO traps as a store, cause 6
        li      s6, 6
        addi    t0, s0, 4
        amoadd.d t1, t1, (t0)
        j       fail
8:      bnez    s6, fail

        li      gp, 9                   # check 9: a misaligned LR traps as a load, cause 4
        li      s6, 4
        addi    t0, s0, 2
        lr.w    t1, (t0)
        j       fail
9:      bnez    s6, fail

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

# Goes on behind the jump that follows the instruction, if the cause is that of s6 and mtval the address of t0.
        .balign 4
trapped:
        csrr    t3, mcause
        bne     t3, s6, fail
        csrr    t3, mtval
        bne     t3, t0, fail
        li      s6, 0
        la      t3, 9b
        li      t4, 8
        bne     gp, t4, 1f
        la      t3, 8b
1:      csrw    mepc, t3
        mret

        .section .rodata
        .balign 8
expected:                               # swap add xor and or min max minu maxu of -10 and 12
        .dword  12, 2, -6, 4, -2, -10, 12, 12, -10

        .data
        .balign 64
cell:   .dword  0
results:
        .zero   8 * amos
        .balign 4096                    # beyond any reservation of the cell
        .zero   4096
far:    .dword  0
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
