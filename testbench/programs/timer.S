# The timer of the CLINT: an interrupt when mtime reaches mtimecmp, and wfi, which waits for it.

        .equ    mtimecmp, 0x2004000
        .equ    mtime, 0x200bff8
        .equ    timer_enable, 1 << 7    # mie.MTIE
        .equ    interval, 200           # ticks
        .equ    rounds, 5

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      t0, trapped
        csrw    mtvec, t0
        li      s0, mtimecmp
        li      s1, mtime
        li      s2, 0                   # interrupts taken
        li      s3, rounds

        li      gp, 1                   # check 1: mtimecmp in the future takes the interrupt away
        li      t0, -1
        sd      t0, 0(s0)
        csrr    t0, mip
        andi    t0, t0, timer_enable
        bnez    t0, fail

        li      gp, 2                   # check 2: with interrupts off, wfi ends when one is pending, and none is taken
        csrci   mstatus, 1 << 3
        li      t0, timer_enable
        csrw    mie, t0
        ld      t0, 0(s1)
        addi    t0, t0, interval
        sd      t0, 0(s0)
1:      wfi                             # may end at any time, so it stands in a loop
        csrr    t0, mip
        andi    t0, t0, timer_enable
        beqz    t0, 1b
        bnez    s2, fail

        li      gp, 3                   # check 3: as soon as they are on, it is taken
        csrsi   mstatus, 1 << 3
        nop
        li      t0, 1
        bne     s2, t0, fail

        li      gp, 4                   # check 4: and again, an interval after each time
1:      wfi
        bne     s2, s3, 1b
        csrci   mstatus, 1 << 3

        li      gp, 5                   # check 5: time has gone on by all these intervals; the CSR shows the same time
        ld      t0, 0(s1)
        li      t1, rounds * interval
        bltu    t0, t1, fail
        rdtime  t1
        bltu    t1, t0, fail

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

        .balign 4
trapped:
        csrr    t0, mcause
        li      t1, 1 << 63 | 7         # machine timer interrupt
        bne     t0, t1, fail
        ld      t0, 0(s1)
        ld      t1, 0(s0)
        bltu    t0, t1, fail            # never early
        addi    s2, s2, 1
        addi    t0, t0, interval
        sd      t0, 0(s0)
        mret

        .data
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
