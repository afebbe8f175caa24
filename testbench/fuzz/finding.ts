/** A breach that a campaign found, in the shortest form known, as it is kept in a file. */

import { createHash } from 'node:crypto'
import { type EnclaveCall, enclaveCalls, type HostCall, hostCalls, type UnknownCall } from '../../monitor/abi.ts'
import type { Move, Poke } from '../calls/perform.ts'
import { JsonValue } from './json-value.ts'

/** Of the file. A reader takes no other. */
export const FINDING_VERSION = 1

/** What is done to the machine at a time. */
export type Step = Move | CodeStep

/** Instructions that the host, or the running enclave, is made to run. */
export interface CodeStep {
  readonly by: 'host' | 'enclave'
  /** 32 bits each, or 16 for compressed ones. */
  readonly code: readonly number[]
  /** Registers 1 to 31 and what they hold before. */
  readonly registers: readonly (readonly [register: number, value: bigint])[]
}

export interface Finding {
  readonly version: typeof FINDING_VERSION
  /** With the promise, the name of the file. */
  readonly id: string
  /** The name of the promise, and what it promises. */
  readonly promise: string
  readonly statement: string
  /** How it is broken. */
  readonly sentence: string
  /** Where fast-check finds it again. */
  readonly seed: number
  readonly path: string
  /** The name of the prepared state that the steps start from. */
  readonly start: string
  readonly steps: readonly Step[]
  /** One for each step; of several lines where a step is several instructions. */
  readonly stepTexts: readonly string[]
  /** The file of the monitor's image, and its SHA-256 in hex. */
  readonly monitor: { readonly file: string; readonly sha256: string }
  /** The name of a preset. */
  readonly core: string
  /** Planted bugs. */
  readonly faults: readonly string[]
}

/** The same for the same steps from the same start, whichever seed led there: SHA-256 in hex. */
export function counterexampleHash({ start, steps }: Pick<Finding, 'start' | 'steps'>): string {
  return createHash('sha256')
    .update(stringify([start, steps], 0))
    .digest('hex')
}

/** A finding as the text of its file. */
export function writeFinding(finding: Finding): string {
  return `${stringify(finding, 2)}\n`
}

/** Numbers of 64 bits and instructions are written `0x…`, bytes as hex digits. */
export function stringify(value: unknown, indent: number): string {
  return JSON.stringify(
    value,
    (name, member: unknown) => {
      if (typeof member === 'bigint') return hex(member)
      if (member instanceof Uint8Array) return Buffer.from(member).toString('hex')
      if (name === 'code' && Array.isArray(member)) return member.map(hex)
      return member
    },
    indent,
  )
}

const hex = (number: bigint | number): string => `0x${number.toString(16)}`

/**
 * Reads the text of a file that `writeFinding` wrote.
 * @throws InputError where it is not one, or one of another version
 */
export function readFinding(text: string, fileName: string): Finding {
  const file = JsonValue.parse(text, fileName)
  const version = file.member('version')
  if (!version.exists || version.integer() !== FINDING_VERSION) version.fail(`expected version ${FINDING_VERSION}`)
  const textOf = (name: string): string => file.member(name).text()
  const steps = file.member('steps').list().map(readStep)
  const stepTexts = readTexts(file.member('stepTexts'))
  if (stepTexts.length !== steps.length) file.member('stepTexts').fail(`expected ${steps.length} texts`)
  return {
    version: FINDING_VERSION,
    id: textOf('id'),
    promise: textOf('promise'),
    statement: textOf('statement'),
    sentence: textOf('sentence'),
    seed: file.member('seed').integer(),
    path: textOf('path'),
    start: textOf('start'),
    steps,
    stepTexts,
    monitor: { file: file.member('monitor').member('file').text(), sha256: readHash(file.member('monitor')) },
    core: textOf('core'),
    faults: readTexts(file.member('faults')),
  }
}

const readTexts = (texts: JsonValue): string[] => texts.list().map((text) => text.text())

function readHash(monitor: JsonValue): string {
  const hash = monitor.member('sha256')
  return /^[\da-f]{64}$/.test(hash.text()) ? hash.text() : hash.fail('expected 64 hex digits')
}

export function readStep(step: JsonValue): Step {
  const by = step.member('by').oneOf(['host', 'enclave', 'timer', 'fault', 'space'])
  if (by === 'timer' || by === 'fault') return { by }
  if (by === 'space') return { by, satp: step.member('satp').unsigned(64) }
  if (step.member('code').exists) {
    return { by, code: step.member('code').list().map(readCode), registers: readRegisters(step.member('registers')) }
  }
  const pokes = step.member('pokes').list().map(readPoke)
  const call = step.member('call')
  if (by === 'host') return { by, call: readCall<HostCall>(call, hostCalls), pokes }
  return { by, call: readCall<EnclaveCall>(call, enclaveCalls), pokes }
}

const readPoke = (poke: JsonValue): Poke => ({
  pa: poke.member('pa').unsigned(64),
  bytes: poke.member('bytes').bytes(),
})

/** An instruction, by its bits: a compressed one does not end in two ones. */
function readCode(code: JsonValue): number {
  const bits = Number(code.unsigned(32))
  return (bits & 3) === 3 || bits < 0x1_0000 ? bits : code.fail('expected a compressed instruction in 16 bits')
}

function readRegisters(registers: JsonValue): [register: number, value: bigint][] {
  return registers.list().map((pair) => {
    const [register, value, ...more] = pair.list()
    if (value === undefined || more.length > 0) pair.fail('expected a register and its value')
    const number = register.integer()
    if (number < 1 || number > 31) register.fail('expected a register from 1 to 31')
    return [number, value.unsigned(64)]
  })
}

/** A call with the arguments that its row of the ABI names. */
function readCall<Call extends HostCall | EnclaveCall>(
  call: JsonValue,
  rows: Record<Call['call'], { readonly args: readonly string[] }>,
): Call | UnknownCall {
  const names = Object.keys(rows) as Call['call'][]
  const name = call.member('call').oneOf(['unknown', ...names])
  const value = (argument: string): bigint => call.member(argument).unsigned(64)
  if (name === 'unknown') return { call: 'unknown', number: value('number'), extension: value('extension') }
  const { args } = rows[name as Call['call']]
  return { call: name, ...Object.fromEntries(args.map((argument) => [argument, value(argument)])) } as Call
}
