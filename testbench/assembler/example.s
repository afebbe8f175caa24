# Sorts a table, prints it on the UART, and ends the machine. A program as tests use them, in all sections.

        .equ    uart, 0x10000000        # 16550: transmit register, line status 5 bytes on
        .equ    finisher, 0x100000
        .equ    pass, 0x5555
        count   = 8

        .globl  _start
        .section .text
        .type   _start, @function
_start:
        csrr    t0, mhartid
        bnez    t0, park                # only hart 0 goes on
        la      sp, stack_top
        la      t0, trap
        csrw    mtvec, t0
        csrwi   mstatus, 0
        rdcycle s0
        la      a0, numbers
        li      a1, count
        call    sort
        la      s1, numbers
        li      s2, count
1:      ld      a0, 0(s1)
        call    print_number
        addi    s1, s1, 8
        addi    s2, s2, -1
        bgtz    s2, 1b
        lla     a0, done
        call    print
        rdcycle t1
        sub     t1, t1, s0
        sd      t1, cycles, t2
        fence   rw, rw
        li      a0, pass
        tail    finish
        .size   _start, . - _start

/* Insertion sort of a1 signed doublewords at a0. */
        .type   sort, @function
sort:   li      t0, 1
outer:  bge     t0, a1, 4f
        slli    t1, t0, 3
        add     t1, t1, a0
        ld      t2, (t1)
2:      ld      t3, -8(t1)
        ble     t3, t2, 3f
        sd      t3, 0(t1)
        addi    t1, t1, -8
        bne     t1, a0, 2b
3:      sd      t2, 0(t1)
        addiw   t0, t0, 1
        j       outer
4:      ret
        .size   sort, . - sort

# Prints a0 in hexadecimal with 16 digits.
print_number:
        addi    sp, sp, -32
        sd      ra, 24(sp)
        sd      s0, 16(sp)
        mv      s0, a0
        li      t0, 60
1:      srl     t1, s0, t0
        andi    t1, t1, 0xf
        lla     t2, digits
        add     t2, t2, t1
        lbu     a0, 0(t2)
        jal     put
        addi    t0, t0, -4
        bgez    t0, 1b
        li      a0, '\n'
        jal     put
        ld      s0, 16(sp)
        ld      ra, 24(sp)
        addi    sp, sp, 32
        ret

print:  mv      s3, a0
        mv      s4, ra
1:      lbu     a0, 0(s3)
        beqz    a0, 2f
        jal     put
        addi    s3, s3, 1
        j       1b
2:      jr      s4

put:    li      t4, uart
1:      lbu     t5, 5(t4)
        andi    t5, t5, 1 << 5
        beqz    t5, 1b
        sb      a0, 0(t4)
        ret

finish: li      t0, finisher
        sw      a0, (t0)
park:   wfi
        j       park

        .align  2
trap:   csrr    a0, mcause
        lw      t0, failures
        addiw   t0, t0, 1
        sw      t0, failures, t1
        amoadd.w.aqrl zero, t0, (sp)
1:      lr.d    t0, (sp)
        sc.d.rl t1, t0, (sp)
        bnez    t1, 1b
        li      a0, 0x13333
        j       finish
        .option push
        .option norvc
        .rept   4
        nop
        .endr
        .option pop
        unimp

        .section .rodata
digits: .ascii  "0123456789abcdef"
done:   .asciz  "sorted \"all\"\n"
        .balign 8
vector: .dword  _start, trap, numbers + 8 * (count - 1)
        .word   done - digits, ~0
        .half   count, -1

        .data
        .align  3
numbers:
        .dword  5, -3, 0x123456789abcdef0, 0, 1 << 40, -1
        .quad   'a', 7 % 4
cycles: .zero   8
failures:
        .word   0
        .fill   2, 2, 0xbeef

        .bss
        .align  4
stack:  .space  4096
stack_top:
