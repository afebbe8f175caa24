/** What an enclave keeps to itself, and code of its own that handles it without telling. */

import { enclaveRegisters, PAGE_SIZE } from '../../monitor/abi.ts'
import { ownerAt, type Range } from '../../monitor/spec/state.ts'
import { encode } from '../../rtl-model/isa/decode.ts'
import { DATA_VA } from '../calls/agents.ts'
import { memoryOf, translate } from '../calls/memory.ts'
import { RAM } from '../calls/places.ts'
import type { Point } from '../calls/play.ts'
import { rowNamed } from '../random/code-buffer.ts'
import type { Step } from './finding.ts'
import type { StepPlan } from './player.ts'

/** In the last quarter of an enclave's data page: what calls pass lies before it, and so does code of a test; or at the end. */
const OFFSET = 0xc00n
const BYTES = 0x380

export interface Secret extends Range {
  readonly eid: number
  readonly serial: number
}

/** A secret of the first enclave at the point that has run and has its data page to itself. */
export function secretOf({ state, roots, snapshot }: Point): Secret | undefined {
  const memory = memoryOf(snapshot)
  for (const { eid, serial } of [...state.enclaves.values()].sort((a, b) => a.eid - b.eid)) {
    const root = roots.get(eid)
    const place = root === undefined ? undefined : translate(memory, root, DATA_VA)
    if (place?.writable && ownerAt(state, place.pa) === `enclave ${eid}`)
      return { eid, serial, pa: place.pa + OFFSET, size: BigInt(BYTES) }
  }
  return undefined
}

/** The point with another secret: of each 8 bytes the lowest are turned, and the others are zero, as in small numbers. */
export function withOther<T extends Point>(point: T, { pa }: Secret): T {
  const { snapshot } = point
  const number = Number((pa - RAM.pa) / PAGE_SIZE)
  const bytes = memoryOf(snapshot).page(number).slice()
  const from = Number(pa % PAGE_SIZE)
  for (let at = from; at < from + BYTES; at++) bytes[at] = at % 8 === 0 ? bytes[at] ^ 0xff : 0
  return { ...point, snapshot: { ...snapshot, pages: snapshot.pages.with([[number, bytes]]) } }
}

/** Registers of the code that handles the secret: where it lies, what it is mixed with, and where it goes through. */
const BASE = 8
const MIXED = 9
const PARTS = [18, 19, 20, 21, 22, 23, 24, 25]

const word = (name: string, operands: Parameters<typeof encode>[1]): number => encode(rowNamed(name), operands)!
const handling = PARTS.map((register, index) => [
  word('ld', { rd: register, rs1: BASE, immediate: 8 * index }),
  word('xor', { rd: register, rs1: register, rs2: MIXED }),
  word('sd', { rs1: BASE, rs2: register, immediate: 8 * index }),
])
const CALL = word('ecall', {})
const allowed = new Set([...handling.flat(), CALL])

const registers: readonly (readonly [number, bigint])[] = [
  [BASE, DATA_VA + OFFSET],
  ...enclaveRegisters({ call: 'yield' }).map((value, index) => [10 + index, value] as const),
]

/**
 * What the enclave may do of a step while the secret is its: all calls, as what they say does not depend on it, and code
 * that loads, mixes and stores it, and at times leaves the hart with it in registers. Any other code becomes such code.
 */
export function discreet(step: Step): Step {
  if (!('code' in step) || isDiscreet(step.code)) return step
  const count = 1 + (step.code.length % PARTS.length)
  const code = handling.slice(0, count).flat()
  return { by: 'enclave', code: step.code.length % 2 === 0 ? code : [...code, CALL], registers }
}

const isDiscreet = (code: readonly number[]): boolean => code.every((bits) => allowed.has(bits))

/** The plan, without what the enclave would tell of its secret itself. */
export function discreetPlan(plan: StepPlan, { eid, serial }: Secret): StepPlan {
  return (position) => {
    const step = plan(position)
    const { running, enclaves } = position.state
    const isIts = running === eid && enclaves.get(eid)?.serial === serial
    return step !== undefined && isIts && step.by === 'enclave' ? discreet(step) : step
  }
}
