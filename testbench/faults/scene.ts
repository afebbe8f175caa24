import { expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { Core } from '../../rtl-model/core/core.ts'
import { csrAddress, csrFamily } from '../../rtl-model/core/csr/addresses.ts'
import type { Privilege } from '../../rtl-model/core/retirement.ts'
import { assemble } from '../assembler/assemble.ts'
import { createCsrNames } from '../csr-names.ts'
import { type EngineName, engines } from '../machine.ts'
import { configFor, type Variation } from './fault.ts'

// Short programs that show what a planted bug changes, on both engines, beside what the honest core does.

export const RAM = presets.default.ramBase
/** A page far away that nothing maps until a scene does; in s1 when programs start. */
export const FAR = 0x3f_c000_0000n
const RAM_BYTES = 0x10_0000
/** Data of the programs, 16 KiB; in s0 when they start. */
export const DATA = RAM + 0x4000n
/** Where traps to M end: a jump to itself. */
export const HANDLER = RAM + 0xf00n
export const TABLES = RAM + 0x8_0000n
/** What mcause holds until the first trap. */
export const NO_TRAP = 99
export const JUMP_TO_ITSELF = 0x6fn
const { csrNumber } = createCsrNames()

export interface Scene {
  /** Begins at the start of RAM, with the address of DATA in s0 and FAR in s1. */
  program: string
  /** M unless it says otherwise. */
  mode?: Privilege
  /** Called in M before the program starts. */
  setup?(core: Core): void
  /** How many are made; 100 unless it says otherwise. */
  steps?: number
}

/** Runs a scene on a core with the variation, or on the honest one: for a fault, of the same configuration. */
export function play(scene: Scene, variation: Variation, engine: EngineName, isPlanted: boolean): Core {
  const changes = { ramBytes: RAM_BYTES, resetPc: RAM }
  const preset = presets[variation.core ?? 'default']
  const isNeeded = isPlanted || variation.kind === 'fault'
  const config = isNeeded ? configFor(variation, changes) : { ...preset, ...changes }
  const core = new Core(config, { output() {} }, isPlanted ? { units: variation.units(config) } : {})
  const run = engines[engine](core)
  for (const { address, bytes } of assemble(scene.program, 'scene', { base: RAM, csrNumber }).sections) {
    core.bus.write(address, bytes)
  }
  core.bus.store(HANDLER, 4, JUMP_TO_ITSELF)
  setCsr(core, 'mtvec', HANDLER)
  setCsr(core, 'mcause', BigInt(NO_TRAP))
  core.hart.x[8] = DATA
  core.hart.x[9] = FAR
  scene.setup?.(core)
  core.hart.privilege = scene.mode ?? 3
  core.csr.protectionChanged()
  run.run(scene.steps ?? 100)
  return core
}

/** What is looked at afterwards: the last trap to M, and a0. */
export interface Seen {
  cause: number
  tval: bigint
  a0: bigint
}

function see(core: Core): Seen {
  return { cause: Number(core.csr.get('mcause')), tval: core.csr.get('mtval'), a0: core.hart.x[10] }
}

/** A variation with a program, and what is seen after it on the honest core and with the variation. */
export interface Directed extends Scene {
  of: Variation
  honest: unknown
  planted: unknown
  /** What is looked at, if it is not `Seen`. */
  see?(core: Core): unknown
}

/** A test of each on each engine. What is seen is an object, of which the expected parts are compared. */
export function directed(rows: readonly Directed[]): void {
  for (const row of rows) {
    for (const engine of ['reference', 'wasm'] as const) {
      test(`${row.of.id} on the ${engine} engine: ${row.of.title}`, () => {
        const look = row.see ?? see
        expect(look(play(row, row.of, engine, false)), 'honest').toMatchObject(row.honest as object)
        expect(look(play(row, row.of, engine, true)), 'planted').toMatchObject(row.planted as object)
      })
    }
  }
}

/** Writes a CSR as M does. */
export function setCsr(core: Core, name: keyof typeof csrAddress, value: bigint): void {
  core.csr.write(csrAddress[name], value, 3)
  core.attention = true
}

const matching = { off: 0, tor: 1, na4: 2, napot: 3 } as const

/**
 * Puts a region into a PMP entry. A TOR entry gets its lower bound in the address of the entry before it.
 *
 * @param rights letters of `rwx`, and `l` to lock it
 */
export function region(
  core: Core,
  entry: number,
  mode: keyof typeof matching,
  from: bigint,
  bytes: number,
  rights: string,
): void {
  const write = (csr: number, value: bigint) => core.csr.write(csr, value, 3)
  const address = csrFamily.pmpaddr0 + entry
  if (mode === 'tor') {
    if (entry > 0) write(address - 1, from >> 2n)
    write(address, (from + BigInt(bytes)) >> 2n)
  } else {
    write(address, (from >> 2n) | (mode === 'napot' ? BigInt(bytes / 8 - 1) : 0n))
  }
  const config = csrFamily.pmpcfg0 + 2 * (entry >> 3)
  const shift = BigInt(8 * (entry & 7))
  const bits = [...rights].reduce((sum, right) => sum | { r: 1, w: 2, x: 4, l: 0x80 }[right]!, matching[mode] << 3)
  write(config, (core.csr.read(config, 3)! & ~(0xffn << shift)) | (BigInt(bits) << shift))
}

/** Gives S and U all of memory in the last PMP entry. */
export function open(core: Core): void {
  region(core, 15, 'napot', 0n, 2 ** 52, 'rwx')
  core.csr.write(csrFamily.pmpaddr0 + 15, (1n << 54n) - 1n, 3)
}

/** The instruction, for memory that a program jumps to. */
export const ECALL = 0x73n

/** Flags of page-table leaves: accessed, dirty and valid, for S or with `u` for U. */
export const leaf = { r: 0xc3, rw: 0xc7, rx: 0xcb, rwx: 0xcf, x: 0xc9, u: 0x10, g: 0x20 } as const

/** Where the tables of each core go on. */
const free = new WeakMap<Core, bigint>()

/** Maps a page of a level in the tables at TABLES; returns the physical address of its entry. */
export function map(core: Core, va: bigint, pa: bigint, flags: number, level = 0): bigint {
  let table = TABLES
  for (let at = 2; ; at--) {
    const entry = table + 8n * ((va >> BigInt(12 + 9 * at)) & 511n)
    if (at === level) {
      core.bus.store(entry, 8, ((pa >> 12n) << 10n) | BigInt(flags))
      return entry
    }
    const pte = core.bus.load(entry, 8)!
    table = pte === 0n ? (free.get(core) ?? TABLES + 0x1000n) : (pte >> 10n) << 12n
    if (pte === 0n) {
      free.set(core, table + 0x1000n)
      core.bus.store(entry, 8, ((table >> 12n) << 10n) | 1n)
    }
  }
}

/** Value of satp for the tables of `map`. */
export const SATP = (8n << 60n) | (TABLES >> 12n)

/** Opens PMP, maps the first 64 KiB of RAM to itself with all rights for S, and turns translation on. */
export function translated(core: Core): void {
  open(core)
  for (let page = 0n; page < 16n; page++) map(core, RAM + 0x1000n * page, RAM + 0x1000n * page, leaf.rwx)
  setCsr(core, 'satp', SATP)
}
