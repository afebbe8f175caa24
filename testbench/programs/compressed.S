# Every 16-bit instruction of RV64C, by its own name, and a 32-bit instruction at an odd halfword.

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      t0, trapped
        csrw    mtvec, t0

        li      gp, 1                   # check 1: constants
        c.li    a0, -32
        c.lui   a1, 31
        c.lui   a2, 0xfffe0             # -32 << 12
        li      t0, -32
        bne     a0, t0, fail
        li      t0, 31 << 12
        bne     a1, t0, fail
        li      t0, -32 << 12
        bne     a2, t0, fail

        li      gp, 2                   # check 2: additions of constants
        c.addi  a0, 31
        c.addiw a0, -31                 # -1 - 31
        li      t0, -32
        bne     a0, t0, fail
        li      a0, 0x7fffffff
        c.addiw a0, 1                   # wraps as a word
        li      t0, 0xffffffff80000000
        bne     a0, t0, fail
        la      sp, stack
        c.addi16sp sp, -64
        c.addi4spn a3, sp, 64
        la      t0, stack
        bne     a3, t0, fail

        li      gp, 3                   # check 3: loads and stores by sp
        li      s1, 0x123456789abcdef0
        c.sdsp  s1, 24(sp)
        c.ldsp  a0, 24(sp)
        bne     a0, s1, fail
        c.lwsp  a0, 24(sp)              # sign-extended
        li      t0, 0xffffffff9abcdef0
        bne     a0, t0, fail
        c.swsp  a0, 28(sp)
        ld      a1, 24(sp)
        li      t0, 0x9abcdef09abcdef0
        bne     a1, t0, fail

        li      gp, 4                   # check 4: loads and stores by other registers
        mv      s0, sp
        c.sd    s1, 40(s0)
        c.ld    a4, 40(s0)
        bne     a4, s1, fail
        c.lw    a5, 44(s0)
        li      t0, 0x12345678
        bne     a5, t0, fail
        c.sw    a5, 40(s0)
        lw      a4, 40(s0)
        bne     a4, a5, fail

        li      gp, 5                   # check 5: arithmetic
        c.mv    a0, s1
        c.add   a0, s1
        add     t0, s1, s1
        bne     a0, t0, fail
        c.sub   a0, s1
        bne     a0, s1, fail
        c.xor   a0, s1
        bnez    a0, fail
        c.or    a0, s1
        c.and   a0, a5
        and     t0, s1, a5
        bne     a0, t0, fail
        c.mv    a0, a5
        c.addw  a0, s1
        addw    t0, a5, s1
        bne     a0, t0, fail
        c.subw  a0, s1
        bne     a0, a5, fail
        c.andi  a0, -16
        andi    t0, a5, -16
        bne     a0, t0, fail

        li      gp, 6                   # check 6: shifts, also by more than 31
        c.mv    a0, s1
        c.slli  a0, 33
        slli    t0, s1, 33
        bne     a0, t0, fail
        c.srli  a0, 35
        srli    t0, t0, 35
        bne     a0, t0, fail
        li      a0, -8
        c.srai  a0, 1
        li      t0, -4
        bne     a0, t0, fail

        li      gp, 7                   # check 7: branches and jumps
        c.li    a0, 0
        c.beqz  a0, 1f
        j       fail
1:      c.bnez  a0, fail_near
        c.li    a0, 1
        c.bnez  a0, 2f
fail_near:
        j       fail
2:      c.beqz  a0, fail_near
        c.j     3f
        j       fail
3:      la      t1, leaf
        c.jalr  t1                      # links to the instruction 2 bytes on
4:      la      t0, 4b
        bne     a0, t0, fail

        li      gp, 8                   # check 8: a 32-bit instruction at an odd halfword
        .balign 4
        c.nop
5:      auipc   a0, 0
        la      t0, 5b
        bne     a0, t0, fail
        andi    t0, t0, 3
        addi    t0, t0, -2
        bnez    t0, fail

        li      gp, 9                   # check 9: c.ebreak; mtval is its address
        li      s2, 3
        la      s3, 6f
        la      s4, 7f
        mv      s5, s3
6:      c.ebreak
7:      bnez    s2, fail

        li      gp, 10                  # check 10: the halfword 0 is illegal; mtval has no other bits
        li      s2, 2
        la      s3, 8f
        la      s4, 9f
        li      s5, 0
8:      .half   0
9:      bnez    s2, fail

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

leaf:   c.mv    a0, ra
        c.jr    ra

# s2: the cause that is expected, cleared when it came; s3: where; s4: where to go on; s5: mtval.
        .balign 4
trapped:
        csrr    t0, mcause
        bne     t0, s2, fail
        csrr    t0, mepc
        bne     t0, s3, fail
        csrr    t0, mtval
        bne     t0, s5, fail
        li      s2, 0
        csrw    mepc, s4
        mret

        .data
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
stack:
