/** What one visit to the monitor comes to by the specification. */

import { enclaveCall, extension, hostCall } from '../../monitor/abi.ts'
import { type Input, refuse } from '../../monitor/spec/outcome.ts'
import type { Domain } from '../../monitor/spec/rights.ts'
import { type Observed, type Problem, problems } from '../calls/compare.ts'
import type { Standing } from '../calls/driver.ts'
import { follow, type Standpoint } from '../calls/follow.ts'
import type { Visit } from './events.ts'

/** How the monitor was entered. */
export interface Entry {
  readonly domain: Domain
  readonly interrupt: boolean
  readonly cause: number
  readonly pc: bigint
  /** The bits of the instruction that trapped. */
  readonly instruction: number
  readonly registers: readonly bigint[]
  readonly order: bigint
}

const USER_CALL = 8
const SUPERVISOR_CALL = 9

const A7 = 17
/** a0 and a1. */
const RESULTS: readonly number[] = [10, 11]

export function judgeVisit(
  before: Standpoint,
  entry: Entry,
  standing: Standing,
  memory: Visit['memory'],
  lastOrder: bigint,
): Visit {
  const { domain, order } = entry
  const input = inputOf(before, entry)
  const seen = { domain, order, lastOrder, before, standing, memory }
  const observed: Observed = { ...memory, standing, roots: before.roots, satp: before.satp, given: before.given }
  if (input === undefined) return { ...seen, ...service(before, entry, observed) }
  const kind = 'call' in input ? 'call' : input.by
  if (standing.privilege === undefined)
    return { ...seen, kind, input, after: before, outcome: undefined, problems: [hang(standing)] }
  const { outcome, found, standpoint } = follow(before, input, observed)
  if (isRefused(input, standing) && outcome.state !== before.state && found.length > 0) {
    // What the specification grants, a monitor may not be able to do: it says so, and nothing else has changed.
    return {
      ...seen,
      kind,
      input,
      after: before,
      outcome: undefined,
      problems: refusalProblems(before, input, observed),
    }
  }
  return { ...seen, kind, input, outcome, problems: found, after: standpoint }
}

function inputOf({ state, satp }: Standpoint, entry: Entry): Input | undefined {
  const { domain, interrupt, cause, pc, registers } = entry
  const context = { registers, pc }
  const args = registers.slice(10, 18)
  if (domain === 'host') {
    const isCall = !interrupt && cause === SUPERVISOR_CALL && registers[A7] === extension.SBI_EXT_PENGLAI_HOST
    return isCall ? { by: 'host', call: hostCall(args), satp, context } : undefined
  }
  if (state.running === undefined) return undefined
  if (interrupt) return { by: 'timer', context }
  return cause === USER_CALL ? { by: 'enclave', call: enclaveCall(args), context } : { by: 'fault', context }
}

const hang = ({ steps, pc }: Standing): Problem => ({
  kind: 'hang',
  text: `the monitor does not come back: after ${steps} instructions it is at 0x${pc.toString(16)}`,
})

/** What keeps a call from having been refused with whatever error, and nothing else. */
function refusalProblems({ state }: Standpoint, input: Input, observed: Observed): Problem[] {
  const refused = refuse(state, input)
  const registers = input.context.registers.map((value, number) => (RESULTS.includes(number) ? undefined : value))
  return problems(state, { ...refused, registers }, observed)
}

/** Whether whoever called goes on behind the call with an error. */
function isRefused({ context }: Input, { pc, registers }: Standing): boolean {
  return pc === context.pc + 4n && registers[10] >> 63n === 1n
}

/** What leaves the specification's state as it is: the host goes on, and nothing but its results has changed. */
function service(
  before: Standpoint,
  entry: Entry,
  observed: Observed,
): Pick<Visit, 'kind' | 'input' | 'after' | 'outcome' | 'problems'> {
  const { standing } = observed
  const { registers } = entry
  const made = { kind: 'service', input: undefined, outcome: undefined } as const
  if (standing.privilege === undefined) return { ...made, after: before, problems: [hang(standing)] }
  const isCall = !entry.interrupt && (entry.cause === SUPERVISOR_CALL || entry.cause === USER_CALL)
  const written = isCall ? RESULTS : emulatedRegister(entry, observed)
  const { state } = before
  const expected = registers.map((value, number) => (written.includes(number) ? undefined : value))
  const outcome = { state, value: 0n, registers: expected, pc: undefined, writes: [], zeroed: [], touched: [] }
  const satp = isCall || entry.interrupt ? before.satp : standing.satp
  const found = problems(state, outcome, { ...observed, satp })
  return { ...made, after: { ...before, satp: standing.satp }, problems: found }
}

/** The register that an instruction writes which the monitor emulates; none if the host's own handler gets the trap. */
function emulatedRegister({ pc, interrupt, instruction }: Entry, { standing }: Observed): readonly number[] {
  return !interrupt && standing.pc === pc + 4n ? [(instruction >>> 7) & 31] : []
}
