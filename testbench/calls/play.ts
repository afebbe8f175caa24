/** Plays a sequence of actions on a firmware and on the specification side by side. */

import {
  callArg,
  createParam,
  type EnclaveCall,
  enclaveCall,
  enclaveRegisters,
  type HostCall,
  hostCall,
  hostRegisters,
  PAGE_SIZE,
  shadowRunParam,
  type UnknownCall,
} from '../../monitor/abi.ts'
import type { Chosen, Input, Outcome, World } from '../../monitor/spec/outcome.ts'
import type { State } from '../../monitor/spec/state.ts'
import { step } from '../../monitor/spec/step.ts'
import { violations } from '../../monitor/spec/violations.ts'
import type { Snapshot } from '../../rtl-model/core/snapshot.ts'
import { enclaveAgent, hostAgent } from './agents.ts'
import { type Observed, type Problem, problems, rootOf } from './compare.ts'
import type { Driver, Standing } from './driver.ts'
import { memoryOf, type PhysicalMemory, readMemory, translate } from './memory.ts'

/** A firmware and the specification at the same point. */
export interface Point {
  readonly snapshot: Snapshot
  readonly state: State
  /** Root page tables of enclaves that have run. */
  readonly roots: ReadonlyMap<number, bigint>
  /** The address space that the host is in. */
  readonly satp: bigint
  /** Pages that are not the host's, as the host gave them away. */
  readonly given: ReadonlyMap<bigint, Uint8Array>
}

/** Bytes that whoever runs puts into its own memory before it calls. */
export interface Poke {
  readonly pa: bigint
  readonly bytes: Uint8Array
}

export type Move =
  | { readonly by: 'host'; readonly call: HostCall | UnknownCall; readonly pokes: readonly Poke[] }
  | { readonly by: 'enclave'; readonly call: EnclaveCall | UnknownCall; readonly pokes: readonly Poke[] }
  | { readonly by: 'timer' | 'fault' }
  /** The host goes on in another of its address spaces. */
  | { readonly by: 'space'; readonly satp: bigint }

/** What happens next, given where things stand; undefined for nothing. */
export type Plan = (position: Position) => Move | undefined

/** What a plan may look at. */
export interface Position {
  readonly state: State
  readonly memory: PhysicalMemory
  /** The root page table of the running enclave. */
  readonly root: bigint | undefined
}

/** Where firmware and specification part. */
export interface Disagreement {
  readonly moves: readonly Move[]
  /** Beside the way of the specification that is the nearest. */
  readonly problems: readonly Problem[]
}

export interface Played {
  readonly moves: number
  /** Calls that changed the specification's state. */
  readonly effective: number
  readonly point: Point
  /** The last may have ended the sequence. */
  readonly disagreements: readonly Disagreement[]
}

/** Where only this is wrong, both still stand at the same point. */
const HARMLESS = new Set<Problem['kind']>(['zeroed', 'written'])

/** An address that no enclave has mapped. */
const NOWHERE = 0x35_0000_0000n

/** Plays from `start` until the plans end or the two part; `made` is told of each move. */
export function play(
  driver: Driver,
  start: Point,
  plans: readonly Plan[],
  made: (move: Move) => void = () => {},
): Played {
  driver.restore(start.snapshot)
  let point = start
  const moves: Move[] = []
  const disagreements: Disagreement[] = []
  let effective = 0
  for (const plan of plans) {
    const { state, roots, snapshot } = point
    const root = state.running === undefined ? undefined : roots.get(state.running)
    const move = plan({ state, memory: memoryOf(snapshot), root })
    if (move === undefined) continue
    moves.push(move)
    made(move)
    if (move.by === 'space') {
      const standing = driver.asHost(hostAgent.space, tokens(undefined, moves.length).with(10, move.satp))
      point = { ...point, snapshot: driver.snapshot(), satp: standing.satp }
      if (standing.satp === move.satp) continue
      const text = `the host could not write 0x${move.satp.toString(16)} to satp`
      disagreements.push({ moves: [...moves], problems: [{ kind: 'domain', text }] })
      break
    }
    const { input, observed } = make(driver, point, move, moves.length)
    const chosen = choices(input, observed, point)
    const outcomes = step(state, input, worldOf(observed.before, point, chosen))
    const judged = outcomes.map((outcome) => ({ outcome, found: problems(state, outcome, observed) }))
    judged.sort((a, b) => a.found.length - b.found.length)
    const [{ outcome, found }] = judged
    const broken = found.length > 0 ? [] : violations(outcome.state)
    if (broken.length > 0) throw new Error(`the specification breaks its own rules: ${broken.join('; ')}`)
    if (found.length > 0) {
      disagreements.push({ moves: [...moves], problems: found })
      if (!found.every(({ kind }) => HARMLESS.has(kind))) break
    }
    if (outcome.state !== state) effective++
    const seen = rootsAfter(point, outcome, observed)
    const given = givenAfter(point, outcome, observed)
    point = { ...point, snapshot: observed.after, state: outcome.state, roots: seen, given }
  }
  return { moves: moves.length, effective, point, disagreements }
}

function make(
  driver: Driver,
  { state, ...known }: Point,
  move: Exclude<Move, { by: 'space' }>,
  turn: number,
): { input: Input; observed: Observed } {
  const pokes = 'pokes' in move ? move.pokes : []
  for (const { pa, bytes } of pokes) driver.write(pa, bytes)
  if (pokes.length > 0) driver.flushCode()
  const before = driver.snapshot()
  const registers = tokens(state.running, turn)
  const set = (values: readonly bigint[]) => registers.splice(10, values.length, ...values)
  let input: Input
  let standing: Standing
  switch (move.by) {
    case 'host':
      set(hostRegisters(move.call))
      input = {
        by: 'host',
        call: hostCall(registers.slice(10, 18)),
        satp: known.satp,
        context: { registers, pc: hostAgent.call },
      }
      standing = driver.asHost(hostAgent.call, registers)
      break
    case 'enclave':
      set(enclaveRegisters(move.call))
      input = {
        by: 'enclave',
        call: enclaveCall(registers.slice(10, 18)),
        context: { registers, pc: enclaveAgent.call },
      }
      standing = driver.asEnclave(enclaveAgent.call, registers)
      break
    case 'timer':
      input = { by: 'timer', context: { registers, pc: driver.machine.core.hart.pc } }
      standing = driver.interrupt(registers)
      break
    case 'fault':
      input = { by: 'fault', context: { registers, pc: enclaveAgent.load } }
      registers[11] = NOWHERE
      standing = driver.asEnclave(enclaveAgent.load, registers)
  }
  return { input, observed: { before, after: driver.snapshot(), standing, ...known } }
}

/** Registers in which each value tells whose it is and when it was put there. */
export function tokens(running: number | undefined, turn: number): bigint[] {
  const owner = running === undefined ? 0xbn : 0xen + (BigInt(running) << 8n)
  return Array.from({ length: 32 }, (_, number) =>
    number === 0 ? 0n : (owner << 32n) | (BigInt(turn) << 16n) | 0x8000n | BigInt(number),
  )
}

function worldOf(before: Snapshot, { state, roots }: Point, chosen: Chosen): World {
  const memory = memoryOf(before)
  return {
    ...memory,
    translate(va, eid = state.running) {
      const root = eid === undefined ? undefined : rootFor(state, roots, eid)
      return root === undefined ? undefined : translate(memory, root, va)
    },
    chosen,
  }
}

/** Where an enclave's page tables begin: where they were seen, or where the host built them. */
function rootFor(state: State, roots: ReadonlyMap<number, bigint>, eid: number): bigint | undefined {
  const enclave = state.enclaves.get(eid)
  return roots.get(eid) ?? (enclave && enclave.region.pa + PAGE_SIZE)
}

/** What the monitor chose where it is free to choose. */
function choices(input: Input, { before, after, standing }: Observed, { state, roots }: Point): Chosen {
  const [a0, a1] = [standing.registers[10], standing.registers[11]]
  const isEnclave = standing.privilege === 0
  if (!('call' in input)) return {}
  const { call } = input
  switch (call.call) {
    case 'createEnclave':
    case 'createServer':
    case 'createShadow':
    case 'runShadow': {
      const struct = call.call === 'runShadow' ? shadowRunParam : createParam
      const bytes = readMemory(before, call.paramPa, struct.bytes)
      const eidPa = bytes && struct.read(bytes).eid_ptr
      const eid = eidPa === undefined ? undefined : readMemory(after, eidPa, 4)
      return { eid: eid && new DataView(eid.buffer).getUint32(0, true) }
    }
    case 'acquireServer':
      return { handle: a0 }
    case 'callEnclave':
      return isEnclave ? { va: a1 } : {}
    case 'resumeEnclave':
    case 'shmAttach':
      return isEnclave ? { va: a0 } : {}
    case 'enclaveReturn': {
      const caller = state.enclaves.get(state.enclaves.get(state.running!)?.caller ?? -1)
      const root = caller && rootFor(state, roots, caller.eid)
      const place = root === undefined ? undefined : translate(memoryOf(after), root, caller!.calling!.argVa)
      const bytes = place && readMemory(after, place.pa, callArg.bytes)
      const arg = bytes && callArg.read(bytes)
      return { va: arg?.req_vaddr, responseVa: arg?.resp_vaddr }
    }
    default:
      return {}
  }
}

/** Root page tables as they are known afterwards. */
function rootsAfter({ roots }: Point, { state }: Outcome, { standing }: Observed): ReadonlyMap<number, bigint> {
  const next = new Map([...roots].filter(([eid]) => state.enclaves.has(eid)))
  if (state.running !== undefined) next.set(state.running, rootOf(standing.satp))
  return next
}

function givenAfter({ state, given }: Point, outcome: Outcome, { before }: Observed): Point['given'] {
  const { owners } = outcome.state
  if (owners === state.owners) return given
  const next = new Map([...given].filter(([page]) => owners.has(page)))
  for (const page of owners.keys()) {
    if (!state.owners.has(page)) next.set(page, readMemory(before, page * PAGE_SIZE, Number(PAGE_SIZE))!)
  }
  return next
}
