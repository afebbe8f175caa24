import { presets } from '../../rtl-model/core/config.ts'
import { encode } from '../../rtl-model/isa/decode.ts'
import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { Machine } from '../machine.ts'

/** Where the programs and their data are. */
const CODE = 0x8000_0000n
const DATA = 0x8000_4000n
const DATA_REGISTER = 8
const RAM_BYTES = 64 * 1024 * 1024

/** A multiplicative congruential generator: the same programs in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = BigInt(seed) * 2n + 1n
  return (below) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return Number(state >> 33n) % below
  }
}

/** `length` instructions as fuzzing has them: arithmetic, loads and stores in a page, branches forward. */
export function randomProgram(length: number, seed: number): Uint8Array {
  const random = createRandom(seed)
  const rowsOf = (kind: string): Instruction[] =>
    instructions.filter(({ semantics, format }) => semantics.kind === kind && format.length === 4)
  const rows = { compute: rowsOf('compute'), load: rowsOf('load'), store: rowsOf('store'), branch: rowsOf('branch') }
  const words: number[] = []
  while (words.length < length) {
    const kind = (['compute', 'compute', 'compute', 'load', 'store', 'branch'] as const)[random(6)]
    const row = rows[kind][random(rows[kind].length)]
    // The register that holds the address of the data keeps it.
    const register = (): number => (random(31) + DATA_REGISTER + 1) % 32
    const operands = {
      load: { rd: register(), rs1: DATA_REGISTER, immediate: 8 * random(200) },
      store: { rs1: DATA_REGISTER, rs2: register(), immediate: 8 * random(200) },
      branch: { rs1: register(), rs2: register(), immediate: 4 * (1 + random(2)) },
      compute: computeOperands(row, register, random),
    }[kind]
    const bits = encode(row, operands)
    if (bits !== undefined) words.push(bits)
  }
  return new Uint8Array(new Uint32Array(words).buffer)
}

function computeOperands(row: Instruction, register: () => number, random: (below: number) => number) {
  const has = (operand: 'rs1' | 'rs2'): boolean => !('always' in row.format[operand])
  return {
    rd: register(),
    ...(has('rs1') && { rs1: register() }),
    ...(has('rs2') && { rs2: register() }),
    immediate: row.format.name === 'U' ? random(1 << 19) << 12 : random(row.format.immediate.width === 12 ? 2048 : 32),
  }
}

/**
 * Whole short programs a second: load, run `length` instructions, restore, in 64 MiB.
 *
 * @param seconds how long to measure
 */
export function programsPerSecond(length: number, seconds: number): number {
  const programs = Array.from({ length: 64 }, (_, seed) => randomProgram(length * 2, seed))
  const machine = new Machine({ config: { ...presets.default, ramBytes: RAM_BYTES, resetPc: CODE } })
  machine.core.hart.x[DATA_REGISTER] = DATA
  const start = machine.snapshot()
  const runOne = (index: number): void => {
    machine.core.bus.write(CODE, programs[index % programs.length])
    machine.run(length)
    machine.restore(start)
  }
  for (let index = 0; index < 2000; index++) runOne(index)
  const begin = performance.now()
  let done = 0
  while (performance.now() - begin < seconds * 1000) {
    for (let index = 0; index < 100; index++) runOne(index)
    done += 100
  }
  return (done * 1000) / (performance.now() - begin)
}
