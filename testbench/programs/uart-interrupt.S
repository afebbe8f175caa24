# Interrupts of the UART by way of the PLIC: transmitter empty, then a byte received over the loop-back.

        .equ    uart, 0x10000000
        .equ    data, 0                 # registers of the UART, and bits of theirs
        .equ    ier, 1
        .equ    iir, 2
        .equ    fcr, 2
        .equ    mcr, 4
        .equ    lsr, 5
        .equ    received, 1             # IER: interrupt when there is a byte
        .equ    empty, 2                # IER: when the transmitter is empty
        .equ    loop, 1 << 4            # MCR
        .equ    fifo, 1                 # FCR

        .equ    plic, 0xc000000
        .equ    enable, plic + 0x2000   # of context 0: hart 0, M mode
        .equ    threshold, plic + 0x200000
        .equ    claim, 4                # from the threshold on
        .equ    source, 1               # the UART
        .equ    external, 1 << 11       # mie.MEIE, mip.MEIP

        .globl  _start
_start:
        li      gp, 99                  # until the checks begin
        la      t0, trapped
        csrw    mtvec, t0
        li      s0, uart
        li      s1, plic
        li      s2, threshold
        li      s3, 0                   # interrupts taken

        li      gp, 1                   # check 1: nothing is pending at first
        li      t0, 1
        sw      t0, 4 * source(s1)      # priority 1
        sw      zero, 0(s2)             # every priority above 0
        li      t1, enable
        li      t0, 1 << source
        sw      t0, 0(t1)
        lw      t0, claim(s2)
        bnez    t0, fail
        li      t0, external
        csrw    mie, t0
        csrsi   mstatus, 1 << 3

        li      gp, 2                   # check 2: the transmitter is empty: an interrupt as soon as it may come
        li      s4, empty
        sb      s4, ier(s0)
        li      t0, 1
1:      bne     s3, t0, 1b
        csrr    t0, mip                 # gone again
        li      t1, external
        and     t0, t0, t1
        bnez    t0, fail

        li      gp, 3                   # check 3: a byte that is sent comes back, and is received
        li      t0, fifo
        sb      t0, fcr(s0)
        li      t0, loop
        sb      t0, mcr(s0)
        li      s4, received
        sb      s4, ier(s0)
        li      t0, 'y'
        sb      t0, data(s0)
        li      t0, 2
2:      bne     s3, t0, 2b
        li      t0, 'y'
        bne     s5, t0, fail

        li      gp, 4                   # check 4: a threshold holds back what is not above it
        li      t0, 1
        sw      t0, 0(s2)
        sb      s4, ier(s0)
        sb      t0, data(s0)
        csrr    t0, mip
        li      t1, external
        and     t0, t0, t1
        bnez    t0, fail
        sw      zero, 0(s2)             # now it comes
        li      t0, 3
3:      bne     s3, t0, 3b

pass:   csrci   mstatus, 1 << 3
        li      a0, 0
        j       exit
fail:   csrci   mstatus, 1 << 3
        mv      a0, gp
exit:   slli    a0, a0, 1
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

        .balign 4
trapped:
        csrr    t3, mcause
        li      t4, 1 << 63 | 11        # machine external interrupt
        bne     t3, t4, fail
        lw      t3, claim(s2)
        li      t4, source
        bne     t3, t4, fail
        lbu     t4, lsr(s0)
        andi    t4, t4, 1               # a byte is there
        beqz    t4, 1f
        lbu     s5, data(s0)
1:      sb      zero, ier(s0)           # the request ends with its cause
        sw      t3, claim(s2)           # completed
        addi    s3, s3, 1
        mret

        .data
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
