import { type EnclaveCall, error, type HostCall, hostResult, pmArea, type UnknownCall } from '../abi.ts'
import { type Context, owns, type Range, type State } from './state.ts'

/** What the hart does: the host or the running enclave calls, with its registers and the address of its ecall. */
export type Input =
  | {
      readonly by: 'host'
      readonly call: HostCall | UnknownCall
      readonly context: Context
      /** The address space that the host is in. */
      readonly satp: bigint
    }
  | { readonly by: 'enclave'; readonly call: EnclaveCall | UnknownCall; readonly context: Context }
  /** The timer interrupts the enclave, or its instruction at `pc` has no way on. */
  | { readonly by: 'timer' | 'fault'; readonly context: Context }

/** What a call may look at, and what the monitor was free to choose. */
export interface World {
  /** `size` bytes of physical memory before the call; undefined where not all are memory. */
  read(pa: bigint, size: number): Uint8Array | undefined
  /**
   * Where an enclave's virtual byte lies, and whether the enclave may write it; undefined where it may not read. Without an
   * eid, of the running enclave.
   */
  translate(va: bigint, eid?: number): { readonly pa: bigint; readonly writable: boolean } | undefined
  readonly chosen: Chosen
}

/** What the monitor chose, as it was seen; the specification chooses where nothing was seen. */
export interface Chosen {
  readonly eid?: number | undefined
  readonly handle?: bigint | undefined
  /** Where memory was mapped: for a return, the memory that goes back, then the memory that is new. */
  readonly va?: bigint | undefined
  readonly responseVa?: bigint | undefined
  /** What a report certifies: it comes from a measurement and a nonce. */
  readonly hash?: Uint8Array | undefined
}

/** Bytes that the call writes; where `bytes` is absent, `size` bytes of its choice. */
export interface Write extends Range {
  readonly bytes: Uint8Array | undefined
}

/** One way for a call to go. */
export interface Outcome {
  readonly state: State
  /** The call's result, before the host's or the enclave's registers get it. */
  readonly value: bigint
  /** x0 to x31 as the next domain finds them; undefined where anything may be in them. */
  readonly registers: readonly (bigint | undefined)[]
  /** Where it goes on; undefined where that is not said. */
  readonly pc: bigint | undefined
  readonly writes: readonly Write[]
  /** Pages that are zero afterwards. */
  readonly zeroed: readonly Range[]
  /** Pages, beside the monitor's own and the host's page tables, that may change. */
  readonly touched: readonly Range[]
}

type Effects = Partial<Pick<Outcome, 'writes' | 'zeroed' | 'touched'>>

const A0 = 10
const A1 = 11

/** Goes on behind the call with a result, in the domain that called. */
export function answer(state: State, input: Input, value: bigint, effects: Effects = {}): Outcome {
  const { registers, pc } = input.context
  return { ...outcome(state, value, effects), pc: pc + 4n, registers: withResult(input.by, registers, value) }
}

/** The host goes on behind the call that started or resumed the enclave, and finds why. */
export function toHost(state: State, value: bigint, effects: Effects = {}): Outcome {
  const { registers, pc } = state.host!
  const next = { ...state, running: undefined, host: undefined }
  return { ...outcome(next, value, effects), pc, registers: withResult('host', registers, value) }
}

/** An enclave goes on where it was left, with `a0` in a0 if there is any. */
export function toEnclave(state: State, eid: number, a0: bigint | undefined, effects: Effects = {}): Outcome {
  const enclave = state.enclaves.get(eid)!
  const { registers, pc } = enclave.context!
  const enclaves = new Map(state.enclaves).set(eid, { ...enclave, state: 'RUNNING' as const, context: undefined })
  const handed = a0 === undefined ? registers : registers.with(A0, BigInt.asUintN(64, a0))
  return { ...outcome({ ...state, enclaves, running: eid }, handed[A0], effects), pc, registers: handed }
}

/** An enclave begins at its entry point with these registers, by number, and zeros in all others. */
export function toEntry(state: State, eid: number, given: Record<number, bigint>, effects: Effects = {}): Outcome {
  const enclave = state.enclaves.get(eid)!
  const enclaves = new Map(state.enclaves).set(eid, { ...enclave, state: 'RUNNING' as const, context: undefined })
  const registers = Array.from({ length: 32 }, (_, index) => given[index] ?? 0n)
  return { ...outcome({ ...state, enclaves, running: eid }, registers[A0], effects), pc: enclave.entry, registers }
}

/** Pieces of memory that go back to the host: zeroed, but for the word on each piece with which it begins. */
export function givenBack(freed: readonly Range[]): Required<Pick<Effects, 'zeroed' | 'touched'>> {
  const head = BigInt(pmArea.bytes)
  return { zeroed: freed.map(({ pa, size }) => ({ pa: pa + head, size: size - head })), touched: freed }
}

/** The call is refused, and nothing has changed. */
export function refuse(state: State, input: Input, value: bigint = error.ENCLAVE_ERROR): Outcome {
  return answer(state, input, value)
}

/** Where a call waits to be answered: behind its ecall. */
export function behind({ context: { registers, pc } }: Input): Context {
  return { registers, pc: pc + 4n }
}

/** The host's bytes at `pa`; undefined unless every one is the host's. */
export function readHost(state: State, world: World, pa: bigint, size: number): Uint8Array | undefined {
  return owns(state, 'host', { pa, size: BigInt(size) }) ? world.read(pa, size) : undefined
}

/** A number for the host at `pa`; nothing where the host does not own all of it, or does not want it. */
export function writeHost(state: State, pa: bigint, value: bigint, size = 8): Write[] {
  if (pa === 0n || !owns(state, 'host', { pa, size: BigInt(size) })) return []
  return [{ pa, size: BigInt(size), bytes: number(value, size) }]
}

export function number(value: bigint, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => Number((value >> BigInt(8 * index)) & 255n))
}

function outcome(state: State, value: bigint, { writes = [], zeroed = [], touched = [] }: Effects) {
  return { state, value, writes, zeroed, touched }
}

function withResult(by: Input['by'], registers: readonly bigint[], value: bigint): readonly bigint[] {
  if (by !== 'host') return registers.with(A0, BigInt.asUintN(64, value))
  const { a0, a1 } = hostResult(value)
  return a1 === undefined ? registers.with(A0, a0) : registers.with(A0, a0).with(A1, a1)
}
