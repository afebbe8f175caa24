import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { code, RAM, testMachine } from '../engine/fixture.ts'
import { createWasmEngine } from '../engine/wasm/engine.ts'
import { instructionLength } from '../isa/decode.ts'
import { countsByName } from './counters.ts'
import { createTiming } from './timing.ts'
import { timingPresets } from './timing-config.ts'

const STEPS = 4000
/** Registers: the base of the data, an address that moves from line to line, and a number that is random enough. */
const BASE = 10
const MOVING = 11
const STEP = 12
const RANDOM = 13
const FACTOR = 14

/** An instruction, or one that jumps over the next ones. */
type Item = { bits: number } | { name: string; operands: { rd?: number; rs1?: number; rs2?: number }; over: number }

const register = fc.integer({ min: 5, max: 9 })
const registers = fc.record({ rd: register, rs1: fc.constantFrom(5, 6, 7, 8, 9, RANDOM), rs2: register })
/** Few places, so that loads meet stores. */
const access = (kinds: Record<string, number>) =>
  fc.tuple(fc.constantFrom(...Object.keys(kinds)), register, fc.nat(1), fc.nat(11)).map(([name, data, line, byte]) => {
    const operands = { rs1: BASE, immediate: 64 * line + (byte & -kinds[name]) }
    return code(name, name.startsWith('s') ? { ...operands, rs2: data } : { ...operands, rd: data })
  })

const instruction: fc.Arbitrary<Item> = fc
  .oneof(
    fc
      .tuple(fc.constantFrom('add', 'xor', 'mul', 'mulw', 'mulhu', 'divu'), registers)
      .map(([name, of]) => code(name, of)),
    fc.tuple(register, fc.integer({ min: 1, max: 31 })).map(([rd, immediate]) => code('c.addi', { rd, immediate })),
    { weight: 3, arbitrary: access({ ld: 8, lw: 4, lbu: 1 }) },
    { weight: 3, arbitrary: access({ sd: 8, sw: 4, sb: 1 }) },
    fc.constantFrom(
      code('ld', { rd: 9, rs1: MOVING, immediate: 0 }),
      code('sd', { rs2: 9, rs1: MOVING, immediate: 8 }),
      code('add', { rd: MOVING, rs1: MOVING, rs2: STEP }),
      code('mul', { rd: RANDOM, rs1: RANDOM, rs2: FACTOR }),
      code('fence'),
      code('fence.i'),
      code('amoadd.d', { rd: 5, rs1: BASE, rs2: 6 }),
    ),
  )
  .map((bits) => ({ bits }))
const over = fc.integer({ min: 0, max: 5 })
const branch: fc.Arbitrary<Item> = fc
  .tuple(fc.constantFrom('blt', 'bgeu', 'bne'), fc.constantFrom(RANDOM, 0), register, over)
  .map(([name, rs1, rs2, over]) => ({ name, operands: { rs1, rs2 }, over }))
const short: fc.Arbitrary<Item> = fc
  .tuple(fc.constantFrom('c.beqz', 'c.bnez'), fc.constantFrom(8, 9, RANDOM), over)
  .map(([name, rs1, over]) => ({ name, operands: { rs1 }, over }))
const jump: fc.Arbitrary<Item> = over.map((over) => ({ name: 'jal', operands: { rd: 0 }, over }))
const program = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: instruction },
    { weight: 2, arbitrary: branch },
    { weight: 2, arbitrary: short },
    { weight: 1, arbitrary: jump },
  ),
  { minLength: 30, maxLength: 150 },
)

/** The bits of a program that is run over and over. */
function assemble(items: readonly Item[]): number[] {
  const length = (item: Item): number =>
    'bits' in item ? instructionLength(item.bits) : item.name.startsWith('c.') ? 2 : 4
  const all: Item[] = [{ bits: code('mul', { rd: RANDOM, rs1: RANDOM, rs2: FACTOR }) }, ...items]
  const bytes = (from: number, to: number): number => all.slice(from, to).reduce((sum, item) => sum + length(item), 0)
  const bits = all.map((item, index) =>
    'bits' in item ? item.bits : code(item.name, { ...item.operands, immediate: bytes(index, index + 1 + item.over) }),
  )
  return [...bits, code('jal', { rd: 0, immediate: -bytes(0, all.length) })]
}

describe.each(['rocket', 'rocket-l2', 'rocket-medium'] as const)('the generated loop, %s', (preset) => {
  function timed(instructions: readonly number[], shortcuts: boolean) {
    const changes = { timing: timingPresets[preset], memoryLatency: 20 }
    const { core, engine, records } = testMachine(createWasmEngine, instructions, changes, {
      createTiming: (allocator, config, parts) => createTiming(allocator, config, { ...parts, shortcuts }),
    })
    const { x } = core.hart
    x[BASE] = RAM + 0x4000n
    x[MOVING] = RAM + 0x4000n
    x[STEP] = 960n
    x[RANDOM] = 1n
    x[FACTOR] = 0x5851_f42d_4c95_7f2dn
    for (let register = 5; register < BASE; register++) x[register] = BigInt(register) << BigInt(8 * (register - 2))
    engine.run(STEPS)
    expect(records.some(({ trap }) => trap !== undefined && trap.cause === 2)).toBe(false)
    return { cycles: records.map(({ cycle }) => cycle), counts: countsByName(core.timing!.counts) }
  }

  test('what it does without asking is what the units say: cycles and counts', () => {
    fc.assert(
      fc.property(program, (items) => {
        const instructions = assemble(items)
        expect(timed(instructions, true)).toEqual(timed(instructions, false))
      }),
      { numRuns: 20 },
    )
  })
})
