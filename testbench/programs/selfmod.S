# Code that changes itself. What has been stored is executed for certain only behind a fence.i.

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      s0, patched
        la      s1, instructions
        la      s2, results

        li      gp, 1                   # checks 1 to 4: each instruction of the table is stored, and does its work
1:      lw      t0, 0(s1)
        sw      t0, 0(s0)
        fence.i
        li      a0, 1000
        jalr    s0
        ld      t0, 0(s2)
        bne     a0, t0, fail
        addi    s1, s1, 4
        addi    s2, s2, 8
        addi    gp, gp, 1
        li      t0, 4
        ble     gp, t0, 1b

        li      gp, 5                   # check 5: two 16-bit instructions in the place of one of 32 bits
        lw      t0, halves
        sw      t0, 0(s0)
        fence.i
        li      a0, 1000
        jalr    s0
        li      t0, 2016                # + 8, doubled
        bne     a0, t0, fail

        li      gp, 6                   # check 6: an instruction across two cache lines, changed in its second half
        la      s0, across
        li      a0, 0
        jalr    s0
        li      t0, 1
        bne     a0, t0, fail
        lhu     t0, 2(s0)
        addi    t0, t0, 0x10            # the immediate starts at bit 4 of the upper half
        sh      t0, 2(s0)
        fence.i
        li      a0, 0
        jalr    s0
        li      t0, 2
        bne     a0, t0, fail

        li      gp, 7                   # check 7: a loop whose next turn is another instruction each time
        la      s0, counting
        li      s3, 20
        li      a0, 0
2:      lw      t0, 0(s0)
        li      t1, 1 << 20             # the immediate of addi grows by one
        addw    t0, t0, t1
        sw      t0, 0(s0)
        fence.i
        jal     counting
        addi    s3, s3, -1
        bnez    s3, 2b
        li      t0, 210                 # 1 + 2 + ... + 20
        bne     a0, t0, fail

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

        .balign 4
        .option norvc
patched:
        .word   0xffffffff              # illegal until something is stored here
        ret
        .balign 4
counting:
        addi    a0, a0, 0
        ret
        .balign 64
        .zero   58
        .half   0x0001                  # c.nop
        .half   0x0001
across: addi    a0, a0, 1               # 2 bytes in this line, 2 in the next
        ret

        .section .rodata
        .balign 8
instructions:                           # as data, so that they can be loaded
        .word   0x00750513              # addi a0, a0, 7
        .word   0x40a00533              # sub a0, zero, a0
        .word   0x00351513              # slli a0, a0, 3
        .word   0x00000513              # li a0, 0
results:
        .dword  1007, -1000, 8000, 0
halves: .half   0x0521                  # c.addi a0, 8
        .half   0x952a                  # c.add a0, a0

        .data
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
