import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createDecoder, encode } from '../../rtl-model/isa/decode.ts'
import { disassemble } from '../../rtl-model/isa/disassemble.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { assembleProgram } from '../assembler/program.ts'
import { parseElf } from '../elf/read.ts'
import { type EngineName, Machine, type MachineOptions } from '../machine.ts'
import { Accumulator } from './add-device.ts'
import { sh1add } from './add-instruction.ts'

const engines: EngineName[] = ['reference', 'wasm']
const table = [...instructions, sh1add]
const bits = encode(sh1add, { rd: 10, rs1: 11, rs2: 12 })!

/** A machine with a program that ends with what is in a0, or with 100 more than the cause of a trap. */
function machine(options: MachineOptions, text: string): Machine {
  const source = `
  la t0, trapped
  csrw mtvec, t0
${text}
finish:
  slli a0, a0, 1
  ori a0, a0, 1
  la t0, tohost
  sd a0, 0(t0)
1: j 1b
  .balign 4
trapped:
  csrr a0, mcause
  addi a0, a0, 100
  j finish
  .data
  .balign 8
tohost: .dword 0
fromhost: .dword 0
`
  const made = new Machine(options)
  made.load(parseElf(assembleProgram(source, 'example.S', 0x8000_0000n), 'example.elf'))
  return made
}

function exitCode(made: Machine): number | undefined {
  made.run(1000)
  return made.exitCode
}

describe('CONTRIBUTING.md', () => {
  test.each(['add-instruction.ts', 'add-device.ts'])('shows %s as it is run here', (name) => {
    const guide = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8')
    const text = readFileSync(new URL(name, import.meta.url), 'utf8')
    expect(guide).toContain(`\`\`\`ts\n${text}\`\`\``)
  })
})

describe('an added instruction', () => {
  const text = ` li a1, 20\n li a2, 2\n .word ${bits}`

  test.each(engines)('runs on the %s engine', (engine) => {
    expect(exitCode(machine({ engine, units: { instructions: table } }, text))).toBe(42)
  })

  test.each(engines)('is illegal without its row on the %s engine', (engine) => {
    expect(exitCode(machine({ engine }, text))).toBe(102)
  })

  test('is known to decoder, disassembler and encoder', () => {
    expect(bits).toBe(0x20c5a533)
    expect(disassemble(createDecoder(table)(bits), bits, 0n, () => undefined)).toBe('sh1add a0, a1, a2')
  })

  test('takes no word from another row', () => {
    expect(createDecoder(instructions)(bits)).toBeUndefined()
  })
})

describe('an added device', () => {
  const withDevice = (engine: EngineName, text: string): Machine => {
    const made = machine({ engine }, ` li s0, 0x10010000\n${text}`)
    made.core.bus.devices.push(new Accumulator(made.core.stateAllocator))
    return made
  }
  const adds = ' li t1, 5\n sd t1, 0(s0)\n li t1, 7\n sd t1, 0(s0)\n ld a0, 0(s0)'

  test.each(engines)('answers loads and stores on the %s engine', (engine) => {
    expect(exitCode(withDevice(engine, adds))).toBe(12)
  })

  test.each(engines)('makes what it refuses an access fault on the %s engine', (engine) => {
    expect(exitCode(withDevice(engine, ' lw a0, 0(s0)'))).toBe(105)
    expect(exitCode(withDevice(engine, ' sw a0, 0(s0)'))).toBe(107)
  })

  test.each(engines)('is part of snapshots on the %s engine', (engine) => {
    const made = withDevice(engine, adds)
    const start = made.snapshot()
    expect(exitCode(made)).toBe(12)
    made.restore(start)
    expect(made.core.bus.load(0x1001_0000n, 8)).toBe(0n)
    expect(exitCode(made)).toBe(12)
  })
})
