/** Traces made by hand for tests of the witness: states of the specification, and records. */

import { SATP, Stage, slot } from '../../monitor/spec/fixture.ts'
import { give, type Owner, type State } from '../../monitor/spec/state.ts'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { Recorder, RING_RECORDS, recordLayout } from '../../rtl-model/core/recorder.ts'
import type { Privilege } from '../../rtl-model/core/retirement.ts'
import { RegionAllocator } from '../../rtl-model/core/state.ts'
import type { Standpoint } from '../calls/follow.ts'
import type { Bypass, OldInstruction, SpaceChange, Trespass, Visit } from './events.ts'
import { Witness } from './witness.ts'

export const RAM = { pa: 0x8000_0000n, size: 0x400_0000n }
/** Host's code, and what of the host an enclave has mapped. */
export const HOST_PC = 0x8020_0100n
export const LENT = 0x8021_0000n

/** A state in which there is a page of every sort of owner, and where that is. */
export function populated() {
  const stage = new Stage()
  const other = stage.create('createEnclave', 0, 'other')
  const template = stage.create('createShadow', 1, 'template')
  const holder = stage.create('createEnclave', 2, 'holder')
  stage.run(holder, { mm_arg_addr: slot(5), mm_arg_size: 0x2000n })
  stage.event('timer')
  stage.fork(template, 6, 'fork')
  const fork = stage.state.running!
  const share = { key: 7n, pa: slot(9), size: 0x2000n, attached: new Map([[fork, 0x1000n]]), doomed: false }
  const running = give({ ...stage.state, shares: new Map([[7n, share]]) }, share, 'share 7')
  stage.state = running
  stage.event('timer')
  const places = {
    host: slot(15),
    monitor: RAM.pa,
    tables: 0x8080_0000n,
    bitmap: 0x8090_0000n,
    pool: 0x8040_0000n,
    [`enclave ${other}`]: slot(0),
    [`enclave ${holder}`]: slot(2),
    [`enclave ${fork}`]: slot(6),
    [`template ${template}`]: slot(1),
    'relay 0': slot(5),
    'share 7': slot(9),
  } as Record<Owner, bigint>
  return { host: stage.state, running, fork, holder, other, template, places }
}

/** One record; by default of the host, an instruction that does nothing. */
export interface Made {
  readonly by?: Privilege
  readonly pc?: bigint
  /** The instruction's bits. */
  readonly bits?: number
  readonly fetchPa?: bigint
  readonly load?: bigint
  readonly store?: readonly [pa: bigint, value: bigint]
  /** Page-table entry read, for the fetch or the access. */
  readonly walk?: bigint
  readonly x?: readonly [number: number, value: bigint]
  readonly trap?: { readonly cause: number; readonly interrupt?: boolean }
  readonly satp?: bigint
}

/** A witness and all that it tells. */
export class Watched {
  readonly trespasses: Trespass[] = []
  readonly spaces: SpaceChange[] = []
  readonly bypasses: Bypass[] = []
  readonly old: OldInstruction[] = []
  readonly visits: Visit[] = []
  readonly traps: (readonly unknown[])[] = []
  readonly witness = new Witness(RAM, {
    trespassed: (event) => this.trespasses.push(event),
    changedSpace: (event) => this.spaces.push(event),
    bypassed: (event) => this.bypasses.push(event),
    executedOld: (event) => this.old.push(event),
    visited: (event) => this.visits.push(event),
    trapped: (...event) => this.traps.push(event),
  })
  readonly #recorder: Recorder

  constructor(state: State, registers: readonly bigint[] = zeros) {
    const bytes = RING_RECORDS * recordLayout.bytes
    this.#recorder = new Recorder(new RegionAllocator(new ArrayBuffer(bytes), 0, bytes), () => undefined)
    this.#recorder.observers.push(this.witness.observe)
    const standpoint: Standpoint = { state, roots: new Map(), satp: SATP, given: new Map() }
    this.witness.restart({ standpoint, pages: new Map(), registers, satp: SATP })
  }

  /** What the hart does, in one batch. */
  run(...records: readonly Made[]): this {
    const recorder = this.#recorder
    for (const { by = 1, pc = HOST_PC, bits = 0x13, fetchPa, load, store, walk, x, trap, satp } of records) {
      recorder.begin(pc, bits, by, 0n)
      if (fetchPa !== undefined) recorder.source(fetchPa)
      if (walk !== undefined) recorder.walk({ pa: walk, pte: 0n, level: 0 }, false)
      if (x !== undefined) recorder.result(...x)
      if (load !== undefined) recorder.access('load', load, load, 8, 0n)
      if (store !== undefined) recorder.access('store', store[0], store[0], 8, store[1])
      if (satp !== undefined) recorder.csr([{ csr: csrAddress.satp, value: satp }])
      if (trap !== undefined) recorder.trap(trap.cause, trap.interrupt === true, 0n)
      recorder.end()
    }
    recorder.flush(0n)
    return this
  }
}

export const zeros: readonly bigint[] = Array.from({ length: 32 }, () => 0n)

/** Registers that differ from each other. */
export const registers: readonly bigint[] = Array.from({ length: 32 }, (_, number) => BigInt(number) * 0x1_0000_0001n)

/** What the monitor does to leave these registers, by number. */
export const leaving = (values: readonly bigint[] | Readonly<Record<number, bigint>>): Made[] =>
  Object.entries(values).flatMap(([number, value]) => (number === '0' ? [] : [{ by: 3, x: [Number(number), value] }]))
