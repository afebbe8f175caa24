/** What was seen of a call, beside what the specification allows. */

import { PAGE_SIZE, SBI_LEGAL_MAX } from '../../monitor/abi.ts'
import type { Outcome } from '../../monitor/spec/outcome.ts'
import { right, rightsOf } from '../../monitor/spec/rights.ts'
import { type Owner, ownerAt, type Range, type State } from '../../monitor/spec/state.ts'
import type { Standing } from './driver.ts'
import { differences, isSame, type PhysicalMemory, readWord } from './memory.ts'
import { hostTables, RAM, TABLES } from './places.ts'

/** A call as it was seen from outside. */
export interface Observed {
  readonly before: PhysicalMemory
  readonly after: PhysicalMemory
  /** Pages that may have changed, counted from the start of RAM. */
  readonly changed: readonly number[]
  readonly standing: Standing
  /** Root page tables of enclaves that have run, by eid. */
  readonly roots: ReadonlyMap<number, bigint>
  /** The address space of the host. */
  readonly satp: bigint
  /** Pages as the host gave them away, by number. */
  readonly given: ReadonlyMap<number, Uint8Array>
}

/** One thing that is not as it should be. */
export interface Problem {
  /** For counting: the same for all of a sort. */
  readonly kind:
    | 'hang'
    | 'domain'
    | 'result'
    | 'registers'
    | 'pc'
    | 'memory'
    | 'written'
    | 'zeroed'
    | 'mapping'
    | 'lost'
  readonly text: string
  /** Where memory shows it. */
  readonly pa?: bigint
  /** What registers show it: their numbers and what they hold. */
  readonly registers?: readonly (readonly [register: number, value: bigint])[]
}

const hex = (value: bigint | undefined): string => (value === undefined ? 'nothing' : `0x${value.toString(16)}`)
const signed = (value: bigint): string => (value >> 63n === 1n ? BigInt.asIntN(64, value).toString() : hex(value))

/** An outcome, and what keeps what was seen from being it. */
export interface Judged {
  readonly outcome: Outcome
  readonly found: readonly Problem[]
}

/** Of the ways that a call may go, the one with the fewest problems; of those, the first. */
export function nearest(state: State, outcomes: readonly Outcome[], observed: Observed): Judged {
  const ways = outcomes.map((outcome) => ({ outcome, found: [...standingProblems(outcome, observed)] }))
  // Memory takes long to compare, and where domain and registers tell ways apart it is compared for one alone.
  for (const { outcome, found } of ways) {
    if (found.length > 0) continue
    found.push(...changeProblems(state, outcome, observed))
    if (found.length === 0) return { outcome, found }
  }
  const judged = outcomes.map((outcome) => ({ outcome, found: problems(state, outcome, observed) }))
  return judged.sort((a, b) => a.found.length - b.found.length)[0]
}

/** What keeps `observed` from being this outcome; nothing if it is. */
export function problems(state: State, outcome: Outcome, observed: Observed): Problem[] {
  return [...standingProblems(outcome, observed), ...changeProblems(state, outcome, observed)]
}

/** Who goes on, and with what in the registers. */
function* standingProblems(outcome: Outcome, observed: Observed): Generator<Problem> {
  const { standing } = observed
  if (standing.privilege === undefined) {
    yield { kind: 'hang', text: `nobody goes on after ${standing.steps} steps, the hart is at ${hex(standing.pc)}` }
    return
  }
  yield* domainProblems(outcome, observed)
  yield* registerProblems(outcome, standing)
}

/** What memory holds. */
function* changeProblems(state: State, outcome: Outcome, observed: Observed): Generator<Problem> {
  if (observed.standing.privilege === undefined) return
  yield* contentProblems(state, outcome, observed)
  yield* memoryProblems(state, outcome, observed)
  if (isRemapped(state, outcome, observed)) yield* mappingProblems(outcome.state, observed.after)
}

function* domainProblems({ state }: Outcome, { standing, roots, satp }: Observed): Generator<Problem> {
  const { running } = state
  const seen = standing.privilege === 1 ? 'the host' : `an enclave with its tables at ${hex(rootOf(standing.satp))}`
  const problem = (expected: string): Problem => ({ kind: 'domain', text: `${seen} runs, not ${expected}` })
  if (running === undefined) {
    if (standing.privilege !== 1) yield problem('the host')
    else if (standing.satp !== satp) yield { kind: 'domain', text: `the host runs with satp ${hex(standing.satp)}` }
    return
  }
  const root = rootOf(standing.satp)
  const isIts = (roots.get(running) ?? root) === root && ownerAt(state, root) === `enclave ${running}`
  if (standing.privilege !== 0 || !isIts) yield problem(`enclave ${running}`)
}

/** The root page table that satp names. */
export const rootOf = (satp: bigint): bigint => BigInt.asUintN(44, satp) * PAGE_SIZE

function* registerProblems({ registers, pc, state, value }: Outcome, standing: Standing): Generator<Problem> {
  const [a0, a1] = [standing.registers[10], standing.registers[11]]
  const isResult = [10, 11].every(
    (number) => (registers[number] ?? standing.registers[number]) === standing.registers[number],
  )
  if (!isResult) {
    const seen =
      state.running === undefined ? `a0 ${signed(a0)}, a1 ${signed(a1)}` : `a0 ${signed(a0)} a1 ${signed(a1)}`
    const unsigned = BigInt.asUintN(64, value)
    const said = unsigned <= SBI_LEGAL_MAX ? unsigned.toString() : signed(unsigned)
    yield {
      kind: 'result',
      text: `${seen}, not result ${said}`,
      registers:
        state.running === undefined
          ? [
              [10, a0],
              [11, a1],
            ]
          : [[10, a0]],
    }
  }
  const others: [register: number, value: bigint][] = []
  const texts: string[] = []
  for (const [number, expected] of registers.entries()) {
    const seen = standing.registers[number]
    if (number === 10 || number === 11 || expected === undefined || expected === seen) continue
    others.push([number, seen])
    texts.push(`x${number} ${hex(seen)}, not ${hex(expected)}`)
  }
  if (others.length > 0) yield { kind: 'registers', text: texts.join('; '), registers: others }
  if (pc !== undefined && pc !== standing.pc)
    yield { kind: 'pc', text: `goes on at ${hex(standing.pc)}, not ${hex(pc)}` }
}

function* contentProblems(state: State, outcome: Outcome, observed: Observed): Generator<Problem> {
  const { writes, zeroed } = outcome
  const { after } = observed
  for (const { pa, bytes } of writes) {
    if (bytes === undefined) continue
    const seen = after.read(pa, bytes.length)
    const at = bytes.findIndex((byte, index) => byte !== seen?.[index])
    if (at < 0) continue
    const wrong = pa + BigInt(at)
    yield { kind: 'written', text: `${hex(wrong)} holds ${seen?.[at]}, not ${bytes[at]}`, pa: wrong }
  }
  for (const range of zeroed) {
    const left = leftIn(range, (page) => filledBefore(page, state, outcome, observed), after)
    if (left !== undefined) yield { kind: 'zeroed', text: `${hex(left)} was given back and is not zero`, pa: left }
  }
}

const PAGE = Number(PAGE_SIZE)
const ZEROS = new Uint8Array(PAGE)
const FIRST_PAGE = Number(RAM.pa / PAGE_SIZE)

/** The first byte of a range that is neither zero nor as the host gave it; pages that nobody used may be as they were. */
function leftIn(
  { pa, size }: Range,
  filled: (page: number) => Uint8Array | undefined,
  after: PhysicalMemory,
): bigint | undefined {
  const end = Number(pa + size)
  for (let at = Number(pa); at < end; ) {
    const number = Math.floor(at / PAGE)
    const from = at % PAGE
    const to = Math.min(PAGE, from + end - at)
    const bytes = after.page(number - FIRST_PAGE).subarray(from, to)
    if (!isSame(bytes, ZEROS.subarray(from, to))) {
      const before = filled(number)?.subarray(from, to)
      if (before === undefined || !isSame(bytes, before)) return BigInt(at + bytes.findIndex((byte) => byte !== 0))
    }
    at += to - from
  }
  return undefined
}

/** A page by its number as the host gave it away, perhaps in a call that also gave it back. */
function filledBefore(
  page: number,
  state: State,
  outcome: Outcome,
  { before, given }: Observed,
): Uint8Array | undefined {
  const pa = BigInt(page) * PAGE_SIZE
  const isBack = ownerAt(state, pa) === 'host' && ownerAt(outcome.state, pa) === 'host'
  return isBack ? before.page(page - FIRST_PAGE) : given.get(page)
}

const KEPT = new Set<Owner | undefined>(['monitor', 'bitmap', 'pool'])

/** No byte may change but the monitor's own, what the call may change, and the host's mappings of what changed owner. */
function* memoryProblems(state: State, outcome: Outcome, { before, after, changed }: Observed): Generator<Problem> {
  const next = outcome.state
  const foreign = changed.filter((page) => !KEPT.has(next.owners.of(FIRST_PAGE + page)))
  if (foreign.length === 0) return
  const allowed = joined([...outcome.writes, ...outcome.touched, ...firstPages(state), ...firstPages(next)])
  const isAllowed = ({ pa, size }: Range) =>
    allowed.some((range) => pa >= range.pa && pa + size <= range.pa + range.size)
  const open = foreign.filter((page) => {
    const pa = RAM.pa + BigInt(page) * PAGE_SIZE
    return !KEPT.has(ownerAt(state, pa)) && !isAllowed({ pa, size: PAGE_SIZE })
  })
  for (const range of differences(before, after, open)) {
    const owner = ownerAt(next, range.pa)
    if (isAllowed(range)) continue
    if (owner === 'tables' && isRemapping(state, next, range, before, after)) continue
    const coarse = range.pa - (range.pa % PAGE_SIZE)
    yield {
      kind: 'memory',
      text: `${range.size} bytes at ${hex(range.pa)} changed, in page ${hex(coarse)} of ${owner}`,
      pa: range.pa,
    }
  }
}

/** The same bytes as ranges that neither meet nor overlap. */
function joined(ranges: readonly Range[]): Range[] {
  const all: Range[] = []
  for (const { pa, size } of [...ranges].sort((a, b) => (a.pa < b.pa ? -1 : 1))) {
    const last = all.at(-1)
    if (last === undefined || pa > last.pa + last.size) all.push({ pa, size })
    else if (pa + size > last.pa + last.size) all[all.length - 1] = { pa: last.pa, size: pa + size - last.pa }
  }
  return all
}

/** The pages that the ABI leaves to the monitor, in what it was given for enclaves. */
function firstPages({ enclaves, templates, shares }: State): Range[] {
  const pieces = [
    ...[...enclaves.values()].flatMap(({ region, mmaps, heap }) => [region, ...mmaps, ...heap]),
    ...[...templates.values()].map(({ region }) => region),
    ...shares.values(),
  ]
  return pieces.map(({ pa }) => ({ pa, size: PAGE_SIZE }))
}

/** Bits of an entry that the monitor may change by itself: validity, and those that hardware leaves to software or ignores. */
const MONITORS_BITS = 0xffc0_0000_0000_0301n

function isRemapping(
  state: State,
  next: State,
  { pa, size }: Range,
  before: PhysicalMemory,
  after: PhysicalMemory,
): boolean {
  for (let at = pa - (pa % 8n); at < pa + size; at += 8n) {
    const [old, now] = [readWord(before, at)!, readWord(after, at)!]
    const target = ((BigInt.asUintN(54, now) >> 10n) * PAGE_SIZE) as bigint
    if (((old ^ now) & ~MONITORS_BITS) !== 0n || ownerAt(state, target) === ownerAt(next, target)) return false
  }
  return true
}

/** Whether the host's page tables, or what they may hold, are not what they were. */
function isRemapped(state: State, { state: next }: Outcome, { changed }: Observed): boolean {
  const { tables } = state
  if (next.owners !== state.owners || tables === undefined) return true
  const first = Number((tables.pa - RAM.pa) / PAGE_SIZE)
  return changed.some((page) => page >= first && page < first + Number(tables.size / PAGE_SIZE))
}

const original = new Uint32Array(hostTables().buffer)
const LOW_BITS = Number(MONITORS_BITS & 0xffff_ffffn)
const HIGH_BITS = Number(MONITORS_BITS >> 32n)

/** The host has mapped nobody else's pages; and still those of its own that it once mapped and did not touch since. */
function* mappingProblems(state: State, after: PhysicalMemory): Generator<Problem> {
  const { levels, tables: place } = state
  if (levels === undefined || place === undefined) return
  const words = new Uint32Array(after.read(place.pa, Number(place.size))!.buffer)
  const isOurs = place.pa === TABLES.pa && place.size === TABLES.size
  const rights = rightsOf(state, 'host')
  const first = Number(RAM.pa / PAGE_SIZE)
  const tables = Number(levels.pte - place.pa) / 4
  for (let at = Number(levels.pmd - place.pa) / 4; at < words.length; at += 2) {
    const low = words[at]
    if (low === 0 || (at < tables && (low & 0xe) === 0)) continue
    const high = words[at + 1]
    const isValid = (low & 1) !== 0
    const page = (high & 0x3f_ffff) * 2 ** 22 + (low >>> 10)
    // What the host may read it may have mapped; an entry with reserved bits maps nothing.
    const isOpen = (rights[page - first] ?? right.read) & right.read
    if (isValid && isOpen !== 0) continue
    const pa = BigInt(page) * PAGE_SIZE
    const owner = ownerAt(state, pa)
    if (isValid && high >>> 22 === 0 && owner !== 'monitor' && owner !== 'bitmap')
      yield { kind: 'mapping', text: `the host has ${hex(pa)} of ${owner} mapped`, pa }
    const isUntouched =
      isOurs && ((original[at] ^ low) & ~LOW_BITS) === 0 && ((original[at + 1] ^ high) & ~HIGH_BITS) === 0
    if (!isValid && isUntouched && owner === 'host')
      yield { kind: 'lost', text: `the host has lost its page ${hex(pa)}`, pa }
  }
}
