# Every arithmetic instruction of RV64IM on operands where they are special: the overflow of division, division by zero,
# the carries of wide products, shift amounts beyond the width, and words whose upper half is not their sign.

        .equ    columns, 28

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      s0, operands
        la      s1, expected
        la      s2, operands_end
        li      gp, 1                   # check: one for each pair of operands
row:    ld      a0, 0(s0)
        ld      a1, 8(s0)
        la      s3, results

        add     t0, a0, a1
        sd      t0, 0(s3)
        sub     t0, a0, a1
        sd      t0, 8(s3)
        sll     t0, a0, a1
        sd      t0, 16(s3)
        srl     t0, a0, a1
        sd      t0, 24(s3)
        sra     t0, a0, a1
        sd      t0, 32(s3)
        slt     t0, a0, a1
        sd      t0, 40(s3)
        sltu    t0, a0, a1
        sd      t0, 48(s3)
        xor     t0, a0, a1
        sd      t0, 56(s3)
        or      t0, a0, a1
        sd      t0, 64(s3)
        and     t0, a0, a1
        sd      t0, 72(s3)
        addw    t0, a0, a1
        sd      t0, 80(s3)
        subw    t0, a0, a1
        sd      t0, 88(s3)
        sllw    t0, a0, a1
        sd      t0, 96(s3)
        srlw    t0, a0, a1
        sd      t0, 104(s3)
        sraw    t0, a0, a1
        sd      t0, 112(s3)
        mul     t0, a0, a1
        sd      t0, 120(s3)
        mulh    t0, a0, a1
        sd      t0, 128(s3)
        mulhsu  t0, a0, a1
        sd      t0, 136(s3)
        mulhu   t0, a0, a1
        sd      t0, 144(s3)
        div     t0, a0, a1
        sd      t0, 152(s3)
        divu    t0, a0, a1
        sd      t0, 160(s3)
        rem     t0, a0, a1
        sd      t0, 168(s3)
        remu    t0, a0, a1
        sd      t0, 176(s3)
        mulw    t0, a0, a1
        sd      t0, 184(s3)
        divw    t0, a0, a1
        sd      t0, 192(s3)
        divuw   t0, a0, a1
        sd      t0, 200(s3)
        remw    t0, a0, a1
        sd      t0, 208(s3)
        remuw   t0, a0, a1
        sd      t0, 216(s3)

        li      t2, columns
1:      ld      t0, 0(s3)
        ld      t1, 0(s1)
        bne     t0, t1, fail
        addi    s3, s3, 8
        addi    s1, s1, 8
        addi    t2, t2, -1
        bnez    t2, 1b
        addi    gp, gp, 1
        addi    s0, s0, 16
        bne     s0, s2, row

        li      gp, 100                 # check 100: immediates are sign-extended to 64 bits
        li      a0, -1
        sltiu   t0, zero, -1            # against 2^64 - 1
        xori    t1, zero, -1
        beqz    t0, fail
        bne     t1, a0, fail

        li      gp, 101                 # check 101: lui and addiw make sign-extended words
        lui     t0, 0x80000
        addiw   t0, t0, -1
        li      t1, 0x7fffffff
        bne     t0, t1, fail

        li      gp, 102                 # check 102: shifts of 64 bits by 63, of words by 31
        slli    t0, a0, 63
        srai    t1, t0, 63
        bne     t1, a0, fail
        srliw   t1, a0, 31
        addi    t1, t1, -1
        bnez    t1, fail
        slliw   t0, a0, 31
        sraiw   t0, t0, 31
        bne     t0, a0, fail

        li      gp, 103                 # check 103: nothing writes x0
        addi    zero, a0, 5
        bnez    zero, fail

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

        .section .rodata
        .balign 8
operands:
        .dword  0x7, 0xfffffffffffffffd                 # signs differ
        .dword  0x8000000000000000, 0xffffffffffffffff  # -2^63 / -1 overflows
        .dword  0xffffffff80000000, 0xffffffffffffffff  # and -2^31 / -1 in words
        .dword  0xfffffffffffffffb, 0x0                 # by zero
        .dword  0x8000000000000005, 0x100000000         # words: by zero, upper halves ignored
        .dword  0xffffffffffffffff, 0xffffffffffffffff  # widest products
        .dword  0xfedcba9876543210, 0x123456789abcdef   # many carries
        .dword  0x123456789abcdef0, 0x7fffffffffffffe1  # shift by 33, in words by 1
        .dword  0xffffffff, 0x80000000                  # zero-extended words
operands_end:

# For each pair: add sub sll srl, sra slt sltu xor, or and addw subw, sllw srlw sraw mul, mulh mulhsu mulhu div,
# divu rem remu mulw, divw divuw remw remuw
expected:
        .dword  0x4, 0xa, 0xe000000000000000, 0x0
        .dword  0x0, 0x0, 0x1, 0xfffffffffffffffa
        .dword  0xffffffffffffffff, 0x5, 0x4, 0xa
        .dword  0xffffffffe0000000, 0x0, 0x0, 0xffffffffffffffeb
        .dword  0xffffffffffffffff, 0x6, 0x6, 0xfffffffffffffffe
        .dword  0x0, 0x1, 0x7, 0xffffffffffffffeb
        .dword  0xfffffffffffffffe, 0x0, 0x1, 0x7

        .dword  0x7fffffffffffffff, 0x8000000000000001, 0x0, 0x1
        .dword  0xffffffffffffffff, 0x1, 0x1, 0x7fffffffffffffff
        .dword  0xffffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0x1
        .dword  0x0, 0x0, 0x0, 0x8000000000000000
        .dword  0x0, 0x8000000000000000, 0x7fffffffffffffff, 0x8000000000000000
        .dword  0x0, 0x0, 0x8000000000000000, 0x0
        .dword  0x0, 0x0, 0x0, 0x0

        .dword  0xffffffff7fffffff, 0xffffffff80000001, 0x0, 0x1
        .dword  0xffffffffffffffff, 0x1, 0x1, 0x7fffffff
        .dword  0xffffffffffffffff, 0xffffffff80000000, 0x7fffffff, 0xffffffff80000001
        .dword  0x0, 0x1, 0xffffffffffffffff, 0x80000000
        .dword  0x0, 0xffffffff80000000, 0xffffffff7fffffff, 0x80000000
        .dword  0x0, 0x0, 0xffffffff80000000, 0xffffffff80000000
        .dword  0xffffffff80000000, 0x0, 0x0, 0xffffffff80000000

        .dword  0xfffffffffffffffb, 0xfffffffffffffffb, 0xfffffffffffffffb, 0xfffffffffffffffb
        .dword  0xfffffffffffffffb, 0x1, 0x0, 0xfffffffffffffffb
        .dword  0xfffffffffffffffb, 0x0, 0xfffffffffffffffb, 0xfffffffffffffffb
        .dword  0xfffffffffffffffb, 0xfffffffffffffffb, 0xfffffffffffffffb, 0x0
        .dword  0x0, 0x0, 0x0, 0xffffffffffffffff
        .dword  0xffffffffffffffff, 0xfffffffffffffffb, 0xfffffffffffffffb, 0x0
        .dword  0xffffffffffffffff, 0xffffffffffffffff, 0xfffffffffffffffb, 0xfffffffffffffffb

        .dword  0x8000000100000005, 0x7fffffff00000005, 0x8000000000000005, 0x8000000000000005
        .dword  0x8000000000000005, 0x1, 0x0, 0x8000000100000005
        .dword  0x8000000100000005, 0x0, 0x5, 0x5
        .dword  0x5, 0x5, 0x5, 0x500000000
        .dword  0xffffffff80000000, 0xffffffff80000000, 0x80000000, 0xffffffff80000001
        .dword  0x80000000, 0xffffffff00000005, 0x5, 0x0
        .dword  0xffffffffffffffff, 0xffffffffffffffff, 0x5, 0x5

        .dword  0xfffffffffffffffe, 0x0, 0x8000000000000000, 0x1
        .dword  0xffffffffffffffff, 0x0, 0x0, 0x0
        .dword  0xffffffffffffffff, 0xffffffffffffffff, 0xfffffffffffffffe, 0x0
        .dword  0xffffffff80000000, 0x1, 0xffffffffffffffff, 0x1
        .dword  0x0, 0xffffffffffffffff, 0xfffffffffffffffe, 0x1
        .dword  0x1, 0x0, 0x0, 0x1
        .dword  0x1, 0x1, 0x0, 0x0

        .dword  0xffffffffffffffff, 0xfdb97530eca86421, 0x1908000000000000, 0x1fdb9
        .dword  0xfffffffffffffdb9, 0x1, 0x0, 0xffffffffffffffff
        .dword  0xffffffffffffffff, 0x0, 0xffffffffffffffff, 0xffffffffeca86421
        .dword  0x19080000, 0xeca8, 0xeca8, 0x2236d88fe5618cf0
        .dword  0xfffeb49923cc0953, 0xfffeb49923cc0953, 0x121fa00ad77d742, 0xffffffffffffffff
        .dword  0xe0, 0xffffffffffffffff, 0xf0, 0xffffffffe5618cf0
        .dword  0x0, 0x0, 0x76543210, 0x76543210

        .dword  0x923456789abcded1, 0x923456789abcdf0f, 0x3579bde000000000, 0x91a2b3c
        .dword  0x91a2b3c, 0x1, 0x1, 0x6dcba98765432111
        .dword  0x7ffffffffffffff1, 0x123456789abcdee0, 0xffffffff9abcded1, 0xffffffff9abcdf0f
        .dword  0x3579bde0, 0x4d5e6f78, 0xffffffffcd5e6f78, 0xcba98765432100f0
        .dword  0x91a2b3c4d5e6f75, 0x91a2b3c4d5e6f75, 0x91a2b3c4d5e6f75, 0x0
        .dword  0x0, 0x123456789abcdef0, 0x123456789abcdef0, 0x432100f0
        .dword  0x3443adf, 0x0, 0xfffffffffffffff1, 0xffffffff9abcdef0

        .dword  0x17fffffff, 0x7fffffff, 0xffffffff, 0xffffffff
        .dword  0xffffffff, 0x0, 0x0, 0x7fffffff
        .dword  0xffffffff, 0x80000000, 0x7fffffff, 0x7fffffff
        .dword  0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff, 0x7fffffff80000000
        .dword  0x0, 0x0, 0x0, 0x1
        .dword  0x1, 0x7fffffff, 0x7fffffff, 0xffffffff80000000
        .dword  0x0, 0x1, 0xffffffffffffffff, 0x7fffffff

        .data
results:
        .zero   8 * columns
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
