/** A host and enclaves for tests of the specification: memory without contents but for what the test puts there. */

import {
  callArg,
  createParam,
  type EnclaveCall,
  type HostCall,
  nameBytes,
  PAGE_SIZE,
  runParam,
  shadowRunParam,
} from '../abi.ts'
import { type Chosen, type Input, number, type Outcome, type World } from './outcome.ts'
import { type Context, initialState, type State } from './state.ts'
import { step } from './step.ts'

export const RAM = { pa: 0x8000_0000n, size: 0x400_0000n }
export const DESK = 0x8020_0000n
const KBUFFER = 0x8021_0000n
const TABLES = 0x8080_0000n
const BITMAP = 0x8090_0000n
export const SATP = (8n << 60n) | (TABLES / PAGE_SIZE)
const ARENA = 0x8100_0000n
export const SLOT = 32n * PAGE_SIZE

/** Where the n-th piece of memory for enclaves lies. */
export const slot = (index: number): bigint => ARENA + BigInt(index) * SLOT

/** Enclaves have two pages of data from here on, at the same place of their regions. */
export const DATA_VA = 0x2000n
const DATA_OFFSET = 20n * PAGE_SIZE

/** One run of the specification. `state` goes on with each call that is made. */
export class Stage {
  state: State = initialState(RAM)
  /** The other ways that the last call could have gone. */
  others: readonly Outcome[] = []
  chosen: Chosen = {}
  readonly #pages = new Map<bigint, Uint8Array>()
  #turn = 0n

  constructor() {
    this.host({
      call: 'smInit',
      tables: TABLES,
      tablesSize: 0x1_0000n,
      bitmap: BITMAP,
      bitmapSize: 0x1_0000n,
      flagPa: DESK,
    })
    this.host({ call: 'separateTables', pgdOrder: 0n, pmdOrder: 0n })
    for (let piece = 0n; piece < 6n; piece++)
      this.host({ call: 'memoryExtend', pa: 0x8040_0000n + piece * 0x1000n, size: 0x1000n })
  }

  /** The host calls, and the result as a signed number comes back, or undefined where an enclave runs. */
  host(call: HostCall): bigint | undefined {
    return this.#go({ by: 'host', call, satp: SATP, context: this.#context() })
  }

  /** The running enclave calls; the result as the next domain finds it. */
  enclave(call: EnclaveCall): bigint | undefined {
    return this.#go({ by: 'enclave', call, context: this.#context() })
  }

  event(by: 'timer' | 'fault'): bigint | undefined {
    return this.#go({ by, context: this.#context() })
  }

  /** Takes another of the ways that the last call could have gone. */
  take(outcome: Outcome): void {
    this.state = outcome.state
  }

  create(call: 'createEnclave' | 'createServer' | 'createShadow', index: number, name: string): number {
    const paddr = slot(index)
    const record = {
      paddr,
      size: SLOT,
      free_mem: paddr + 24n * PAGE_SIZE,
      eid_ptr: DESK + 0x800n,
      name: nameBytes(name),
    }
    const type = { createEnclave: 0n, createServer: 1n, createShadow: 2n }[call]
    this.write(DESK, createParam.write({ ...record, type, kbuffer: KBUFFER, kbuffer_size: PAGE_SIZE }))
    this.#mapEntry(paddr)
    const before = new Set([...this.state.enclaves.keys(), ...this.state.templates.keys()])
    if (this.host({ call, paramPa: DESK }) !== 0n) return -1
    const now = call === 'createShadow' ? this.state.templates : this.state.enclaves
    return [...now.keys()].find((eid) => call === 'createShadow' || !before.has(eid)) ?? [...now.keys()].at(-1)!
  }

  /** A page to execute at address 0, which is every entry point. */
  #mapEntry(paddr: bigint): void {
    const entry = (pa: bigint, flags: bigint) => number(((pa / PAGE_SIZE) << 10n) | flags, 8)
    const [root, middle, table, code] = [1n, 2n, 3n, 4n].map((page) => paddr + page * PAGE_SIZE)
    this.write(root, entry(middle, 1n))
    this.write(middle, entry(table, 1n))
    this.write(table, entry(code, 0x5bn))
  }

  run(eid: number, relay: { mm_arg_addr?: bigint; mm_arg_size?: bigint } = {}): bigint | undefined {
    this.write(DESK, runParam.write(relay))
    return this.host({ call: 'runEnclave', eid: BigInt(eid), paramPa: DESK })
  }

  fork(id: number, index: number, name: string): bigint | undefined {
    const record = { free_page: slot(index), size: 3n * SLOT, eid_ptr: DESK + 0x800n, name: nameBytes(name) }
    this.write(DESK, shadowRunParam.write({ ...record, kbuffer: KBUFFER, kbuffer_size: PAGE_SIZE }))
    return this.host({ call: 'runShadow', eid: BigInt(id), paramPa: DESK })
  }

  resume(eid: number, reason = 0n, ocall = 0n, result0 = 0n, result1 = 0n): bigint | undefined {
    return this.host({ call: 'resumeEnclave', eid: BigInt(eid), reason, ocall, result0, result1 })
  }

  ocall(ocall: bigint, arg0 = 0n, arg1 = 0n): bigint | undefined {
    return this.enclave({ call: 'ocall', ocall, arg0, arg1, arg2: 0n })
  }

  /** The running enclave gets memory at the n-th slot; answers where. */
  mmap(index: number, pages: bigint): bigint {
    const top = this.#top()
    this.ocall(1n, 0n, pages * PAGE_SIZE)
    this.resume(top, 2n, 1n, slot(index), (pages + 1n) * PAGE_SIZE)
    return this.state.enclaves.get(this.state.running!)!.mmaps.at(-1)!.va
  }

  acquire(name: string): bigint {
    this.writeEnclave(DATA_VA, nameBytes(name))
    return this.enclave({ call: 'acquireServer', nameVa: DATA_VA })!
  }

  callServer(handle: bigint, passed: Partial<ReturnType<typeof callArg.read>> = {}): bigint | undefined {
    this.writeEnclave(DATA_VA + 0x100n, callArg.write(passed))
    return this.enclave({ call: 'callEnclave', handle, argVa: DATA_VA + 0x100n })
  }

  answer(given: Partial<ReturnType<typeof callArg.read>> = {}): bigint | undefined {
    this.writeEnclave(DATA_VA + 0x200n, callArg.write(given))
    return this.enclave({ call: 'enclaveReturn', argVa: DATA_VA + 0x200n })
  }

  write(pa: bigint, bytes: Uint8Array): void {
    for (const { page, offset, at, length } of this.#parts(pa, bytes.length))
      page.set(bytes.subarray(at, at + length), offset)
  }

  writeEnclave(va: bigint, bytes: Uint8Array): void {
    this.write(this.#translate(va, this.state.running!)!.pa, bytes)
  }

  /** What the running enclave has at one of its addresses, within a page. */
  readEnclave(va: bigint, size: number): Uint8Array {
    return this.#read(this.#translate(va, this.state.running!)!.pa, size)
  }

  #top(): number {
    let enclave = this.state.enclaves.get(this.state.running!)!
    while (enclave.caller !== undefined) enclave = this.state.enclaves.get(enclave.caller)!
    return enclave.eid
  }

  #go(input: Input): bigint | undefined {
    const world: World = {
      read: (pa, size) => this.#read(pa, size),
      translate: (va, eid = this.state.running!) => this.#translate(va, eid),
      chosen: this.chosen,
    }
    const outcomes = step(this.state, input, world)
    const [outcome] = outcomes
    this.others = outcomes.slice(1)
    for (const { pa, bytes } of outcome.writes) if (bytes !== undefined) this.write(pa, bytes)
    for (const { pa, size } of outcome.zeroed) this.write(pa, new Uint8Array(Number(size)))
    const wasHost = this.state.running === undefined
    this.state = outcome.state
    return wasHost && outcome.state.running !== undefined ? undefined : BigInt.asIntN(64, outcome.value)
  }

  #translate(va: bigint, eid: number): { pa: bigint; writable: boolean } | undefined {
    const enclave = this.state.enclaves.get(eid)
    if (enclave === undefined || va < DATA_VA || va >= DATA_VA + 2n * PAGE_SIZE) return undefined
    return { pa: enclave.region.pa + DATA_OFFSET + va - DATA_VA, writable: true }
  }

  #context(): Context {
    this.#turn++
    return { pc: 0x1000n, registers: Array.from({ length: 32 }, (_, number) => (this.#turn << 8n) | BigInt(number)) }
  }

  #read(pa: bigint, size: number): Uint8Array {
    const bytes = new Uint8Array(size)
    for (const { page, offset, at, length } of this.#parts(pa, size))
      bytes.set(page.subarray(offset, offset + length), at)
    return bytes
  }

  /** The parts of a range page by page: `length` bytes from `offset` of a page, `at` bytes from the start. */
  *#parts(pa: bigint, size: number): Generator<{ page: Uint8Array; offset: number; at: number; length: number }> {
    for (let at = 0; at < size; ) {
      const here = pa + BigInt(at)
      const offset = Number(here % PAGE_SIZE)
      const length = Math.min(size - at, Number(PAGE_SIZE) - offset)
      yield { page: this.#page(here / PAGE_SIZE), offset, at, length }
      at += length
    }
  }

  #page(number: bigint): Uint8Array {
    const page = this.#pages.get(number) ?? new Uint8Array(Number(PAGE_SIZE))
    this.#pages.set(number, page)
    return page
  }
}
