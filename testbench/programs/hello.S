# Prints a line over the UART and one through HTIF's system-call proxy.

        .equ    uart, 0x10000000        # 16550: transmit register; line status is 5 bytes on
        .equ    idle, 1 << 5            # line status: the transmit register is empty
        .equ    sys_write, 64

        .globl  _start
_start:
        li      gp, 1                   # check 1: the UART takes every byte
        li      s0, uart
        la      s1, greeting
1:      lbu     t0, 0(s1)
        beqz    t0, 3f
2:      lbu     t1, 5(s0)
        andi    t1, t1, idle
        beqz    t1, 2b
        sb      t0, 0(s0)
        addi    s1, s1, 1
        j       1b

3:      li      gp, 2                   # check 2: the host takes the request; it looks at tohost from time to time only,
        la      s0, request             # so the program waits by counting, which is the same on every machine
        la      s1, tohost
        fence   rw, rw
        sd      s0, 0(s1)
        li      t0, 5000
4:      addi    t0, t0, -1
        bnez    t0, 4b
        ld      t0, 0(s1)
        bnez    t0, fail

        li      gp, 3                   # check 3: the host has answered
        la      s2, fromhost
        ld      t0, 0(s2)
        beqz    t0, fail
        sd      zero, 0(s2)

        li      gp, 4                   # check 4: it has written the whole line
        ld      t0, 0(s0)
        la      t1, line_end
        la      t2, line
        sub     t1, t1, t2
        bne     t0, t1, fail

pass:   li      a0, 0
        j       exit
fail:   mv      a0, gp
exit:   slli    a0, a0, 1               # a0 becomes the exit code
        ori     a0, a0, 1
        la      t0, tohost
        sd      a0, 0(t0)
1:      j       1b

        .section .rodata
greeting:
        .asciz  "Hello over the UART\n"
line:   .ascii  "Hello over HTIF\n"
line_end:

        .data
        .balign 64
request:                                # number, arguments; the number becomes the result
        .dword  sys_write, 1, line, line_end - line, 0, 0, 0, 0
        .balign 64
tohost: .dword  0
        .size   tohost, 8
        .balign 64
fromhost:
        .dword  0
        .size   fromhost, 8
