/** What the host of an exported program consists of beside its script: how it is driven, and how it tells. */

import { exceptionCode } from '../../../rtl-model/core/trap.ts'
import { hostSource } from '../../calls/agents.ts'
import { AGENT, HOST_CODE } from '../../calls/places.ts'

/** Where the script lies: memory that is the host's in every finding. */
export const SCRIPT = AGENT + 0x1_0000n
/** Where its data lies, and where that ends. */
export const DATA = { pa: AGENT + 0x8_0000n, end: AGENT + 0x20_0000n }

const registers = Array.from({ length: 31 }, (_, index) => index + 1)
const save = (place: string): string => `
  csrw sscratch, x31
  la x31, ${place}
${registers
  .slice(0, -1)
  .map((register) => `  sd x${register}, ${register * 8}(x31)`)
  .join('\n')}
  csrr x1, sscratch
  sd x1, 248(x31)`
const load = registers.map((register) => `  ld x${register}, ${register * 8}(x31)`).join('\n')

const refusals = ['instructionAccess', 'loadAccess', 'storeAccess', 'instructionPage', 'loadPage', 'storePage']
  .map((name) => 1 << exceptionCode[name as keyof typeof exceptionCode])
  .reduce((all, bit) => all | bit)

/** Ways to start what registers have been prepared for; x31 points at them. */
const starts = { call: 'call', space: 'space', code: 'code' } as const

/**
 * The agent, and behind it, from SCRIPT on, subroutines for the script. `next` is where the host goes on after a turn, with
 * its registers in `saved`.
 */
export const hostRuntime = `${hostSource({ start: 'to_main', wait: 'to_arrival', trap: 'to_handler' })}
to_main: j main
to_arrival: j arrival
to_handler: j handler
  .balign ${HOST_CODE.va - AGENT}
code:

  .section .script, "ax"
  .balign ${SCRIPT - AGENT}
arrival:${save('saved')}
turn_over:
  la t0, active
  sd zero, (t0)
  la sp, stack
  la t0, next
  ld t0, (t0)
  jr t0

${Object.entries(starts)
  .map(([name, target]) => `go_${name}:\n${load}\n  j ${target}`)
  .join('\n')}

/* Somebody has to hear of a trap: a read that is only tried, code of a step, or nobody. */
  .balign 4
handler:
  csrw sscratch, x31
  la x31, guard
  ld x31, (x31)
  beqz x31, 1f
  jr x31
1:
  csrr x31, sscratch${save('saved')}
  csrr s4, sepc
  csrr s5, scause
  la s0, active
  ld s1, (s0)
  beqz s1, stray
  ld s2, 8(s0)
  ld s3, 16(s0)
  ld t0, culprit
  bne t0, s4, 1f
  bltz s5, 1f
/* Only where memory was refused. */
  li t1, ${refusals}
  srl t1, t1, s5
  andi t1, t1, 1
  la t0, culprit_trapped
  sd t1, (t0)
1:
/* The host goes on behind what faulted, or behind the last jump out of its code, but never back. */
  ld s6, saved + 8
  bltu s4, s1, 2f
  bgeu s4, s2, 2f
  mv s6, s4
  bltz s5, 3f
  li t0, 12
  beq s5, t0, 3f
  lbu t0, (s4)
  andi t0, t0, 3
  addi s6, s4, 2
  li t1, 3
  bne t0, t1, 3f
  addi s6, s4, 4
  j 3f
2:
  bltu s6, s1, turn_over
  bgeu s6, s2, turn_over
3:
  bleu s6, s3, turn_over
  sd s6, 16(s0)
/* The jump there is written: all registers are to be as they were. */
  la t0, hop
  sub t1, s6, t0
  li t2, 0x6f
  srli t3, t1, 20
  andi t3, t3, 1
  slli t3, t3, 31
  or t2, t2, t3
  srli t3, t1, 1
  andi t3, t3, 0x3ff
  slli t3, t3, 21
  or t2, t2, t3
  srli t3, t1, 11
  andi t3, t3, 1
  slli t3, t3, 20
  or t2, t2, t3
  srli t3, t1, 12
  andi t3, t3, 0xff
  slli t3, t3, 12
  or t2, t2, t3
  sw t2, (t0)
  fence.i
  la x31, saved
${load}
  .balign 4
  .option push
  .option norvc
hop: j hop
  .option pop

stray:
  la a0, stray_text
  call print
  mv a0, s5
  call print_number
  la a0, at_text
  call print
  mv a0, s4
  call print_number
  li a0, 0
  j finish

/* a0: a text. */
print:
  mv t4, a0
1:
  lbu a0, (t4)
  beqz a0, 2f
  li a7, 1
  ecall
  addi t4, t4, 1
  j 1b
2:
  ret

/* a0: a number, written in hex. */
print_number:
  mv t4, a0
  li a0, '0'
  li a7, 1
  ecall
  li a0, 'x'
  li a7, 1
  ecall
  li t5, 60
1:
  srl t3, t4, t5
  bnez t3, 2f
  beqz t5, 2f
  addi t5, t5, -4
  j 1b
2:
  srl a0, t4, t5
  andi a0, a0, 15
  addi a0, a0, '0'
  li t3, '9'
  bleu a0, t3, 3f
  addi a0, a0, 'a' - '9' - 1
3:
  li a7, 1
  ecall
  addi t5, t5, -4
  bgez t5, 2b
  ret

/* Prints what the host found in a0 and a1. */
report:
  addi sp, sp, -16
  sd ra, (sp)
  la a0, a0_text
  call print
  ld a0, saved + 80
  call print_number
  la a0, a1_text
  call print
  ld a0, saved + 88
  call print_number
  la a0, line_end
  call print
  ld ra, (sp)
  addi sp, sp, 16
  ret

/* a0: pairs of addresses, to and from, and bytes; the last has no bytes. */
put:
  ld t0, (a0)
  ld t1, 8(a0)
  ld t2, 16(a0)
  beqz t2, 2f
1:
  lbu t3, (t1)
  sb t3, (t0)
  addi t0, t0, 1
  addi t1, t1, 1
  addi t2, t2, -1
  bnez t2, 1b
  addi a0, a0, 24
  j put
2:
  fence.i
  ret

/* a0: an address. Gives the byte there in a0, or -1 where the host cannot read it. */
read:
  la t0, refused
  la t1, guard
  sd t0, (t1)
  lbu a0, (a0)
  sd zero, (t1)
  ret
refused:
  la t1, guard
  sd zero, (t1)
  li a0, -1
  ret

/* a0: ticks from now, -1 for never. */
set_timer:
  bltz a0, 1f
  rdtime t0
  add a0, a0, t0
1:
  la t0, deadline
  sd a0, (t0)
  li a7, 0
  ecall
  ret

/* a0: 1 where the breach was shown. By the SBI's reset with the system's own reason, or its older shutdown. */
finish:
  beqz a0, 1f
  li a1, 0xf0000000
  or a1, a0, a1
  j 2f
1:
  li a1, 0
2:
  li a0, 0
  li a6, 0
  li a7, 0x53525354
  ecall
  li a7, 8
  ecall
3: j 3b
`

/** Memory of the runtime. */
export const hostVariables = `
  .balign 8
next: .dword 0
/* Of code that runs: where it begins and ends, and where the host went on last. */
active: .dword 0, 0, 0
guard: .dword 0
culprit: .dword 0
culprit_trapped: .dword 0
deadline: .dword 0
saved: .zero 256
  .zero 512
stack:
stray_text: .asciz "the host traps where it should not: cause "
at_text: .asciz " at "
a0_text: .asciz "a0 "
a1_text: .asciz " a1 "
line_end: .asciz "\\n"
`
