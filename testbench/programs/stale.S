# What software may see of a TLB: a translation or a PMP verdict that was kept although tables or PMP have changed.
# Any answer is legal until the fence that is meant for the change. The program prints what it saw, and checks that after
# that fence nothing old is left. (Spike keeps nothing across these changes; hardware does.)
#
# It runs in M mode; loads with MPRV are translated and checked as those of S mode.

        .equ    uart, 0x10000000
        .equ    mprv, 1 << 17
        .equ    mpp, 3 << 11
        .equ    mpp_supervisor, 1 << 11
        .equ    V, 1
        .equ    R, 2
        .equ    G, 32
        .equ    A, 64
        .equ    D, 128
        .equ    window, 0x40000000

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      t0, trapped
        csrw    mtvec, t0
        li      s9, mprv
        li      t0, mpp
        csrc    mstatus, t0
        li      t0, mpp_supervisor
        csrs    mstatus, t0
        li      t0, -1                  # PMP entry 1: everything; entry 0 is for later
        csrw    pmpaddr1, t0
        li      t0, 0x1f00
        csrw    pmpcfg0, t0

        la      s0, root                # root[1] -> middle, middle[0] -> leaves
        la      t0, middle
        srli    t0, t0, 2
        ori     t0, t0, V
        sd      t0, 8(s0)
        la      s1, middle
        la      t0, leaves
        srli    t0, t0, 2
        ori     t0, t0, V
        sd      t0, 0(s1)
        la      s2, leaves
        la      s3, first
        la      s4, second
        srli    s5, s3, 2
        srli    s6, s4, 2
        srli    t0, s0, 12
        li      t1, 8 << 60 | 1 << 44   # Sv39, ASID 1
        or      t0, t0, t1
        csrw    satp, t0
        li      s7, window
        li      s8, 1                   # this ASID, and another
        li      s10, 2

        la      a0, heading
        call    print

        la      a0, changed
        call    print
        ori     t0, s5, V | R | A | D
        sd      t0, 0(s2)
        sfence.vma
        call    look
        ori     t0, s6, V | R | A | D   # the page is at another place now
        sd      t0, 0(s2)
        call    look
        call    tell

        la      a0, other_asid
        call    print
        sfence.vma s7, s10
        call    look
        call    tell

        li      gp, 1                   # check 1: the fence for the page
        sfence.vma s7, s8
        call    look
        ld      t0, 0(s4)
        bne     a0, t0, fail

        la      a0, global
        call    print
        ori     t0, s5, V | R | G | A | D
        sd      t0, 0(s2)
        sfence.vma
        call    look
        ori     t0, s6, V | R | G | A | D
        sd      t0, 0(s2)
        sfence.vma zero, s8             # of one ASID: global pages are not meant
        call    look
        call    tell

        li      gp, 2                   # check 2: the fence for a global page
        sfence.vma s7, zero
        call    look
        ld      t0, 0(s4)
        bne     a0, t0, fail

        la      a0, closed
        call    print
        srli    t0, s4, 2               # PMP entry 0: nobody may touch the second page
        ori     t0, t0, (4096 / 8) - 1
        csrw    pmpaddr0, t0
        li      t0, 0x1f18
        csrw    pmpcfg0, t0
        la      s3, second              # what is called old from here on
        call    look
        call    tell

        li      gp, 3                   # check 3: the fence for a change of PMP
        sfence.vma
        call    look
        bnez    a0, fail

        li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

# a0 = what S mode sees in the window; 0 where it may not look.
look:   csrs    mstatus, s9
        ld      a0, 0(s7)
        csrc    mstatus, s9
        ret

        .balign 4
trapped:                                # returns for `look` with 0; MPRV is off, and S its mode again
        csrc    mstatus, s9
        li      a0, mpp
        csrc    mstatus, a0
        li      a0, mpp_supervisor
        csrs    mstatus, a0
        li      a0, 0
        ret

# Prints whether a0 is what stands at s3.
tell:   ld      t0, 0(s3)
        mv      t1, a0
        la      a0, old
        beq     t1, t0, print
        la      a0, new
print:  li      t0, uart
1:      lbu     t1, 0(a0)
        beqz    t1, 3f
2:      lbu     t2, 5(t0)
        andi    t2, t2, 1 << 5
        beqz    t2, 2b
        sb      t1, 0(t0)
        addi    a0, a0, 1
        j       1b
3:      ret

        .section .rodata
heading:
        .asciz  "seen after a change:\n"
changed:
        .asciz  "  entry changed, no fence          "
other_asid:
        .asciz  "  then a fence for another ASID    "
global: .asciz  "  global page, fence for one ASID  "
closed: .asciz  "  PMP closed, no fence             "
old:    .asciz  "old\n"
new:    .asciz  "new\n"

        .data
        .balign 4096
root:   .zero   4096
middle: .zero   4096
leaves: .zero   4096
first:  .dword  0x1010101010101010
        .zero   4088
second: .dword  0x2020202020202020
        .zero   4088
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
