# Sv39: pages of 4 KiB, 2 MiB and 1 GiB; permissions, SUM and MXR; A and D; malformed entries; ASIDs and global pages;
# and that each form of sfence.vma makes a change of the tables visible.
#
# The tests run in S mode on the identity-mapped gigapage of RAM. They look at 4 KiB pages from 0x40000000 on, whose
# leaf table is at `leaves`; at a 2 MiB page at 0x40200000; and at a 1 GiB page at 0x80000000.

        .equ    V, 1
        .equ    R, 2
        .equ    W, 4
        .equ    X, 8
        .equ    U, 16
        .equ    G, 32
        .equ    A, 64
        .equ    D, 128
        .equ    fetch_page_fault, 12
        .equ    load_page_fault, 13
        .equ    store_page_fault, 15
        .equ    sum, 1 << 18
        .equ    mxr, 1 << 19

        .equ    small, 0x40000000
        .equ    large, 0x40200000
        .equ    ram, 0x80000000
        .equ    large_pa, 0x80200000

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        li      t0, -1                  # PMP entry 0: all memory for S and U
        csrw    pmpaddr0, t0
        li      t0, 0x1f
        csrw    pmpcfg0, t0
        li      t0, 1 << fetch_page_fault | 1 << load_page_fault | 1 << store_page_fault
        csrw    medeleg, t0
        la      t0, machine_trap
        csrw    mtvec, t0
        la      t0, trapped
        csrw    stvec, t0

# Tables: root[1] -> middle, root[2] a leaf for RAM; middle[0] -> leaves, middle[1] a leaf of 2 MiB.
        la      s0, root
        la      t0, middle
        srli    t0, t0, 2
        ori     t0, t0, V
        sd      t0, 8(s0)
        li      t0, ram >> 2 | V | R | W | X | A | D
        sd      t0, 16(s0)
        la      s1, middle
        la      t0, leaves
        srli    t0, t0, 2
        ori     t0, t0, V
        sd      t0, 0(s1)
        li      t0, large_pa >> 2 | V | R | W | A | D
        sd      t0, 8(s1)
        la      s2, leaves
        la      s3, first               # physical addresses of two pages of data, and what their entries are without bits
        la      s4, second
        srli    s5, s3, 2
        srli    s6, s4, 2
        ori     t0, s5, V | R | W | A | D
        sd      t0, 0(s2)               # page 0 of the small ones

        la      t0, root                # satp of ASID 1 in s7, of ASID 2 in s8
        srli    t0, t0, 12
        li      t1, 8 << 60 | 1 << 44
        or      s7, t0, t1
        li      t1, 8 << 60 | 2 << 44
        or      s8, t0, t1
        csrw    satp, s7
        sfence.vma

        li      t0, 3 << 11
        csrc    mstatus, t0
        li      t0, 1 << 11             # S mode
        csrs    mstatus, t0
        la      t0, supervisor
        csrw    mepc, t0
        mret

supervisor:
        li      s11, small              # of the small pages
        li      gp, 1                   # check 1: a page of 4 KiB shows its frame
        li      s9, 0
        ld      t0, 8(s11)
        ld      t1, 8(s3)
        bne     t0, t1, fail
        li      t0, 0x1111
        sd      t0, 2040(s11)
        ld      t1, 2040(s3)
        bne     t0, t1, fail

        li      gp, 2                   # check 2: of 2 MiB, at its end
        li      t2, large + 0x1ffff8
        li      t3, large_pa + 0x1ffff8
        sd      t0, 0(t2)
        ld      t1, 0(t3)
        bne     t0, t1, fail

        li      gp, 3                   # check 3: no entry
        li      s9, load_page_fault
        li      s10, small + 0x1000
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 4                   # check 4: an address whose upper bits are not copies of bit 38
        li      s9, load_page_fault
        li      s10, 1 << 39 | small
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 5                   # check 5: a page to read may not be written
        ori     t0, s5, V | R | A | D
        sd      t0, 16(s2)
        li      s10, small + 0x2000
        sfence.vma s10, zero
        ld      t0, 0(s10)
        li      s9, store_page_fault
        la      a0, 1f
        sd      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 6                   # check 6: nor executed
        li      s9, fetch_page_fault
        la      a0, 1f
        jr      s10
1:      bnez    s9, fail

        li      gp, 7                   # check 7: one to execute is read only with MXR
        ori     t0, s5, V | X | A | D
        sd      t0, 16(s2)
        sfence.vma s10, zero
        li      s9, load_page_fault
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail
        li      t3, mxr
        csrs    sstatus, t3
        ld      t0, 0(s10)
        csrc    sstatus, t3

        li      gp, 8                   # check 8: a page of U is open to S only with SUM
        ori     t0, s5, V | R | W | X | U | A | D
        sd      t0, 16(s2)
        sfence.vma s10, zero
        li      s9, load_page_fault
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail
        li      t3, sum
        csrs    sstatus, t3
        ld      t0, 0(s10)
        sd      t0, 0(s10)

        li      gp, 9                   # check 9: and never to fetch from
        li      s9, fetch_page_fault
        la      a0, 1f
        jr      s10
1:      bnez    s9, fail
        csrc    sstatus, t3

        li      gp, 10                  # check 10: without A any access faults
        ori     t0, s5, V | R | W | D
        sd      t0, 16(s2)
        sfence.vma s10, zero
        li      s9, load_page_fault
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 11                  # check 11: without D a store does, although the page has been read
        ori     t0, s5, V | R | W | A
        sd      t0, 16(s2)
        sfence.vma s10, zero
        ld      t0, 0(s10)
        li      s9, store_page_fault
        la      a0, 1f
        sd      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 12                  # check 12: an AMO needs to write, and faults as a store
        li      s9, store_page_fault
        la      a0, 1f
        amoor.d t0, zero, (s10)
1:      bnez    s9, fail

        li      gp, 13                  # check 13: write without read is reserved
        ori     t0, s5, V | W | A | D
        sd      t0, 16(s2)
        sfence.vma s10, zero
        li      s9, load_page_fault
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 14                  # check 14: so are bits 54 to 60
        ori     t0, s5, V | R | W | A | D
        li      t1, 1 << 54
        or      t0, t0, t1
        sd      t0, 16(s2)
        sfence.vma s10, zero
        li      s9, load_page_fault
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 15                  # check 15: a pointer at the last level
        ori     t0, s5, V
        sd      t0, 16(s2)
        sfence.vma s10, zero
        li      s9, load_page_fault
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 16                  # check 16: a large page that does not begin at a multiple of its size
        li      t0, (large_pa + 0x1000) >> 2 | V | R | A | D
        sd      t0, 16(s1)              # middle[2]
        li      s10, large + 0x200000
        sfence.vma s10, zero
        li      s9, load_page_fault
        la      a0, 1f
        ld      t0, 0(s10)
1:      bnez    s9, fail

        li      gp, 17                  # check 17: sfence.vma of an address and an ASID shows the new frame
        li      s10, small + 0x3000
        li      t3, 1
        li      t4, 2
        ori     t0, s5, V | R | A | D
        sd      t0, 24(s2)
        sfence.vma
        ld      t1, 0(s10)
        ori     t0, s6, V | R | A | D
        sd      t0, 24(s2)
        sfence.vma s10, t3
        ld      t1, 0(s10)
        ld      t2, 0(s4)
        bne     t1, t2, fail

        li      gp, 18                  # check 18: of an ASID, all of its pages
        ori     t0, s5, V | R | A | D
        sd      t0, 24(s2)
        sfence.vma zero, t3
        ld      t1, 0(s10)
        ld      t2, 0(s3)
        bne     t1, t2, fail

        li      gp, 19                  # check 19: another ASID has its own translations of one address
        csrw    satp, s8
        ori     t0, s6, V | R | A | D
        sd      t0, 24(s2)
        sfence.vma s10, t4              # nothing of ASID 2 was kept, and of ASID 1 it stays
        ld      t1, 0(s10)
        ld      t2, 0(s4)
        bne     t1, t2, fail
        csrw    satp, s7
        sfence.vma zero, t3
        ld      t1, 0(s10)
        bne     t1, t2, fail

        li      gp, 20                  # check 20: sfence.vma of an address reaches every ASID, and global pages
        ori     t0, s5, V | R | G | A | D
        sd      t0, 24(s2)
        sfence.vma s10, zero
        ld      t1, 0(s10)
        ld      t2, 0(s3)
        bne     t1, t2, fail
        csrw    satp, s8                # global: the same in ASID 2
        ld      t1, 0(s10)
        bne     t1, t2, fail
        ori     t0, s6, V | R | G | A | D
        sd      t0, 24(s2)
        sfence.vma s10, zero
        ld      t1, 0(s10)
        ld      t2, 0(s4)
        bne     t1, t2, fail
        csrw    satp, s7
        ld      t1, 0(s10)
        bne     t1, t2, fail

        li      gp, 21                  # check 21: a mode that the core does not have leaves satp as it is
        csrr    t0, satp
        li      t1, 1 << 60
        csrw    satp, t1
        csrr    t1, satp
        bne     t0, t1, fail

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

# Goes on at a0 if the cause is that of s9 and stval is s10; clears s9.
        .balign 4
trapped:
        csrr    t0, scause
        bne     t0, s9, fail
        csrr    t0, stval
        bne     t0, s10, fail
        li      s9, 0
        jr      a0                      # still in S mode

        .balign 4
machine_trap:
        j       fail                    # everything that should happen is delegated

        .data
        .balign 4096
root:   .zero   4096
middle: .zero   4096
leaves: .zero   4096
first:  .dword  0x1010101010101010, 0x1111111111111111
        .zero   4080
second: .dword  0x2020202020202020, 0x2121212121212121
        .zero   4080
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
