import { type CoreConfig, presets } from '../core/config.ts'
import { Core, type CoreUnits } from '../core/core.ts'
import { csrAddress } from '../core/csr/addresses.ts'
import type { Privilege, Retirement } from '../core/retirement.ts'
import { type EncodeOperands, encode, instructionLength } from '../isa/decode.ts'
import type { Instruction } from '../isa/instruction.ts'
import { instructions } from '../isa/table.ts'
import { levelBytes } from '../memory/pte.ts'
import type { Engine } from './engine.ts'
import { createReferenceEngine } from './reference.ts'
import { createWasmEngine } from './wasm/engine.ts'

/** The engines, for tests of what both promise. */
export const engines: readonly { name: string; createEngine: (core: Core) => Engine }[] = [
  { name: 'reference', createEngine: createReferenceEngine },
  { name: 'wasm', createEngine: createWasmEngine },
]

export const testConfig: CoreConfig = {
  ...presets.default,
  ramBytes: 0x10_0000,
  resetPc: presets.default.ramBase,
  pmpOpenAtReset: true,
}
/** First address of RAM, where programs start. */
export const RAM = testConfig.ramBase
export const RAM_END = RAM + BigInt(testConfig.ramBytes)

/** The row of that name. */
export function row(name: string): Instruction {
  const found = instructions.find((candidate) => candidate.name === name)
  if (found === undefined) throw new RangeError(`no instruction ${name}`)
  return found
}

/** The bits of an instruction; throws a RangeError where an operand cannot be encoded. */
export function code(name: string, operands: EncodeOperands = {}): number {
  const bits = encode(row(name), operands)
  if (bits === undefined) throw new RangeError(`${name} cannot have ${JSON.stringify(operands)}`)
  return bits
}

/** Instructions of 16 and 32 bits as they lie in memory. */
export function bytesOf(program: readonly number[]): Uint8Array {
  return Uint8Array.from(
    program.flatMap((bits) =>
      Array.from({ length: instructionLength(bits) }, (_, byte) => (bits >>> (8 * byte)) & 255),
    ),
  )
}

/** A CSR by its name, as `immediate` of a CSR instruction. */
export const csr = (name: keyof typeof csrAddress): number => csrAddress[name]

export interface TestMachine {
  core: Core
  engine: Engine
  /** Everything that was recorded so far. */
  records: Retirement[]
  /** Bytes sent to the console. */
  output: number[]
}

/** A machine with a program at the start of RAM, where the hart starts in M-mode, and recording everything. */
export function testMachine(
  createEngine: (core: Core) => Engine,
  program: readonly number[],
  changes: Partial<CoreConfig> = {},
  units: Partial<CoreUnits> = {},
): TestMachine {
  const output: number[] = []
  const records: Retirement[] = []
  const terminal = { output: (byte: number) => void output.push(byte) }
  const core = new Core({ ...testConfig, ...changes }, terminal, { record: true, units })
  core.recorder!.observers.push((batch) => {
    for (let index = 0; index < batch.length; index++) records.push(batch.at(index))
  })
  core.bus.write(core.config.ramBase, bytesOf(program))
  return { core, engine: createEngine(core), records, output }
}

/** Writes a CSR as M-mode software does. */
export function setCsr(core: Core, name: keyof typeof csrAddress, value: bigint): void {
  core.csr.write(csrAddress[name], value, 3)
  core.attention = true
}

export function getCsr(core: Core, name: keyof typeof csrAddress): bigint {
  return core.csr.read(csrAddress[name], 3)!
}

export function enterMode(core: Core, privilege: Privilege): void {
  core.hart.privilege = privilege
  core.csr.protectionChanged()
}

const ROOT = RAM + 0x8_0000n

/** Turns Sv39 on in S-mode with these 4 KiB pages; the tables are in the upper half of RAM. */
export function translate(core: Core, pages: readonly { va: bigint; pa: bigint; flags: number }[]): void {
  let free = ROOT + 0x1000n
  for (const { va, pa, flags } of pages) {
    let table = ROOT
    for (const level of [2, 1]) {
      const at = table + 8n * ((va / BigInt(levelBytes(level))) % 512n)
      const pte = core.bus.load(at, 8)!
      if (pte === 0n) {
        core.bus.store(at, 8, ((free >> 12n) << 10n) | 1n)
        table = free
        free += 0x1000n
      } else {
        table = (pte >> 10n) << 12n
      }
    }
    core.bus.store(table + 8n * ((va >> 12n) % 512n), 8, ((pa >> 12n) << 10n) | BigInt(flags))
  }
  setCsr(core, 'satp', (8n << 60n) | (ROOT >> 12n))
  enterMode(core, 1)
}

/** Flags of a leaf: readable, writable, executable, accessed and dirty, for S. */
export const DATA_PAGE = 0xc7
export const CODE_PAGE = 0xcb
