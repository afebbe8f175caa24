# Physical memory protection: NAPOT, NA4 and TOR regions, first match wins, locked entries, and what M mode may do.
# Most accesses run in M mode with MPRV, which checks loads and stores as those of U mode; the last ones run in U mode.

        .equ    none, 0
        .equ    load_fault, 5
        .equ    store_fault, 7
        .equ    fetch_fault, 1
        .equ    R, 1
        .equ    W, 2
        .equ    X, 4
        .equ    tor, 1 << 3
        .equ    na4, 2 << 3
        .equ    napot, 3 << 3
        .equ    lock, 1 << 7
        .equ    mprv, 1 << 17
        .equ    mpp, 3 << 11

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      t0, trapped
        csrw    mtvec, t0
        csrwi   pmpcfg0, 0
        csrwi   pmpcfg2, 0
        li      s9, mprv                # loads and stores as those of U while this is set in mstatus
        li      t0, mpp
        csrc    mstatus, t0
        la      s0, page

        li      gp, 1                   # check 1: without an entry U may do nothing
        li      s1, load_fault
        la      s3, 1f
        csrs    mstatus, s9
        ld      t1, 0(s0)
1:      csrc    mstatus, s9
        bnez    s1, fail

        li      gp, 2                   # check 2: NAPOT, 4096 bytes, read only
        srli    t0, s0, 2
        ori     t0, t0, (4096 / 8) - 1
        csrw    pmpaddr2, t0
        li      t0, (napot | R) << 16
        csrw    pmpcfg0, t0
        sfence.vma                      # the core may have kept the old verdict
        li      s1, none
        csrs    mstatus, s9
        ld      t1, 0(s0)               # first
        li      t2, 4088
        add     t2, t2, s0
        ld      t1, 0(t2)               # and last doubleword
        csrc    mstatus, s9

        li      gp, 3                   # check 3: it may not be written
        li      s1, store_fault
        la      s3, 1f
        csrs    mstatus, s9
        sd      t1, 0(s0)
1:      csrc    mstatus, s9
        bnez    s1, fail

        li      gp, 4                   # check 4: nor read beyond its end
        li      s1, load_fault
        la      s3, 1f
        csrs    mstatus, s9
        ld      t1, 8(t2)
1:      csrc    mstatus, s9
        bnez    s1, fail

        li      gp, 5                   # check 5: NA4 of lower number goes first, in its four bytes only
        srli    t0, s0, 2
        addi    t0, t0, 2               # bytes 8 to 11
        csrw    pmpaddr1, t0
        li      t0, (napot | R) << 16 | (na4 | R | W) << 8
        csrw    pmpcfg0, t0
        sfence.vma
        li      s1, none
        csrs    mstatus, s9
        sw      t1, 8(s0)
        lw      t1, 12(s0)              # of the NAPOT region still
        csrc    mstatus, s9

        li      gp, 6                   # check 6: an access must lie in the first entry that it touches as a whole
        li      s1, load_fault
        la      s3, 1f
        csrs    mstatus, s9
        ld      t1, 8(s0)
1:      csrc    mstatus, s9
        bnez    s1, fail

        li      gp, 7                   # check 7: the entry that matches first may deny what a later one allows
        li      t0, (napot | R) << 16 | na4 << 8
        csrw    pmpcfg0, t0
        sfence.vma
        li      s1, load_fault
        la      s3, 1f
        csrs    mstatus, s9
        lw      t1, 8(s0)
1:      csrc    mstatus, s9
        bnez    s1, fail
        lw      t1, 8(s0)               # M itself is not concerned by an entry that is not locked

        li      gp, 8                   # check 8: TOR, from the previous address to this one
        la      t0, page + 64
        srli    t0, t0, 2
        csrw    pmpaddr0, t0
        la      t0, page + 128
        srli    t0, t0, 2
        csrw    pmpaddr1, t0
        li      t0, (tor | R | W) << 8
        csrw    pmpcfg0, t0
        sfence.vma
        li      s1, none
        csrs    mstatus, s9
        sd      t1, 64(s0)
        sd      t1, 120(s0)
        csrc    mstatus, s9
        li      s1, store_fault
        la      s3, 1f
        csrs    mstatus, s9
        sd      t1, 56(s0)
1:      csrc    mstatus, s9
        bnez    s1, fail
        li      s1, store_fault
        la      s3, 1f
        csrs    mstatus, s9
        sd      t1, 128(s0)
1:      csrc    mstatus, s9
        bnez    s1, fail

        li      gp, 9                   # check 9: TOR with its addresses the wrong way round matches nothing
        la      t0, page + 256
        srli    t0, t0, 2
        csrw    pmpaddr0, t0
        sfence.vma
        li      s1, load_fault
        la      s3, 1f
        csrs    mstatus, s9
        ld      t1, 192(s0)
1:      csrc    mstatus, s9
        bnez    s1, fail

        li      gp, 10                  # check 10: write without read is reserved, and does not become write
        li      t0, napot | W
        csrw    pmpcfg0, t0
        csrr    t0, pmpcfg0
        andi    t0, t0, W
        bnez    t0, fail

        li      gp, 11                  # check 11: a locked entry is for M too
        csrwi   pmpcfg0, 0
        la      t0, page + 512
        srli    t0, t0, 2
        csrw    pmpaddr4, t0
        la      t0, page + 576
        srli    t0, t0, 2
        csrw    pmpaddr5, t0
        li      t0, (lock | tor | R) << 40
        csrw    pmpcfg0, t0
        sfence.vma
        ld      t1, 512(s0)
        li      s1, store_fault
        la      s3, 1f
        sd      t1, 512(s0)
1:      bnez    s1, fail

        li      gp, 12                  # check 12: it can be changed no more, nor can the address at which its TOR begins
        csrwi   pmpcfg0, 0
        csrr    t1, pmpcfg0
        bne     t1, t0, fail
        csrr    t1, pmpaddr5
        csrwi   pmpaddr5, 0
        csrr    t2, pmpaddr5
        bne     t1, t2, fail
        csrr    t1, pmpaddr4
        csrwi   pmpaddr4, 0
        csrr    t2, pmpaddr4
        bne     t1, t2, fail
        csrwi   pmpaddr3, 0             # the one below is free
        csrr    t1, pmpaddr3
        bnez    t1, fail

        li      gp, 13                  # check 13: U fetches only where X allows it
        la      t0, user                # entry 0: this code, to execute; entry 1: the data page, to read and write
        srli    t0, t0, 2
        ori     t0, t0, (256 / 8) - 1
        csrw    pmpaddr0, t0
        srli    t0, s0, 2
        ori     t0, t0, (512 / 8) - 1
        csrw    pmpaddr1, t0
        li      t0, (napot | R | W) << 8 | napot | X
        csrw    pmpcfg0, t0
        sfence.vma
        li      s1, fetch_fault
        la      s3, 1f
        csrw    mepc, s0                # the data page
        mret
1:      bnez    s1, fail

        li      gp, 14                  # check 14: U code may execute where it may not read
        li      s1, load_fault
        la      s3, 1f
        la      t0, user
        csrw    mepc, t0
        mret
1:      bnez    s1, fail
        li      t0, 77
        bne     s4, t0, fail            # it got as far as this load

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

# Goes on at s3 in M, with MPRV off and U as the mode of the next mret, if the cause is that of s1; clears s1.
        .balign 4
trapped:
        csrc    mstatus, s9
        csrr    t3, mcause
        bne     t3, s1, fail
        beqz    s1, fail                # none was expected
        li      s1, 0
        li      t3, mpp
        csrc    mstatus, t3
        jr      s3

        .balign 256
user:   li      s4, 77
        sd      s4, 256(s0)
        ld      s4, 256(s0)
        la      t1, user
        lw      t1, 0(t1)               # not readable
        li      s4, 0
1:      j       1b

        .data
        .balign 4096
page:   .zero   4096
        .zero   64
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
