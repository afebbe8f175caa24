/** The host of an exported program: it does its turns one after the other, and tells what comes of them. */

import { exitReason } from '../../../monitor/abi.ts'
import { registerNames } from '../../../rtl-model/isa/registers.ts'
import { InputError } from '../../../traces/input-error.ts'
import { assembleAgent, hostAgent } from '../../calls/agents.ts'
import { AGENT, HOST_CODE, SPACES } from '../../calls/places.ts'
import type { Evidence } from './evidence.ts'
import { DATA, hostRuntime, hostVariables } from './host-runtime.ts'
import { PATIENCE, ticksFor } from './timer.ts'
import type { StoredBytes, Turn } from './turn.ts'

/** The host's turn, and those of enclaves before it has the hart again. */
interface Round {
  readonly turn: Turn
  readonly others: readonly Turn[]
}

export interface HostProgram {
  /** The agent's page, the script and its data, by address. */
  readonly parts: readonly { readonly pa: bigint; readonly bytes: Uint8Array }[]
}

/**
 * @param nameOf how the console calls an enclave
 * @throws InputError where it gets too long
 */
export function hostProgram(
  turns: readonly Turn[],
  evidence: Evidence,
  { sentence, nameOf }: { sentence: string; nameOf(turn: Turn['next']): string },
): HostProgram {
  const data = new Data()
  const texts: string[] = []
  const text = (value: string): string => `text_${texts.push(value) - 1}`
  const rounds = roundsOf(turns)
  const culprit = evidence.by === 'access' ? ['la t0, culprit', `li t1, ${evidence.pc}`, 'sd t1, (t0)'] : []
  const lines = [hostRuntime, 'main:', ...culprit, ...goOnTo('round_0'), `li a0, ${BigInt.asIntN(64, SPACES[0])}`]
  lines.push(`li a1, ${hostAgent.trap}`, 'j setup')
  for (const [index, round] of rounds.entries()) {
    const isLast = index === rounds.length - 1
    lines.push(`round_${index}:`, ...roundLines(round, { index, isLast, evidence, sentence, data, text, nameOf }))
  }
  lines.push(`round_${rounds.length}:`, ...evidenceLines(evidence, sentence, text), hostVariables)
  for (const [index, value] of texts.entries())
    lines.push(`text_${index}: .asciz ${JSON.stringify(value.replaceAll(/[^\n -~]/g, '?'))}`)
  const { sections, symbols } = assembleAgent(`${lines.join('\n')}\n`, AGENT)
  for (const name of ['call', 'wait', 'space', 'setup', 'trap'] as const)
    if (symbols.find((symbol) => symbol.name === name)?.address !== hostAgent[name])
      throw new Error(`the exported host's agent has ${name} elsewhere`)
  const parts = sections.map(({ address, bytes }) => ({ pa: address, bytes }))
  const [, script] = parts
  if (script.pa + BigInt(script.bytes.length) > DATA.pa)
    throw new InputError('the finding has too many steps for a program')
  return { parts: [...parts, { pa: DATA.pa, bytes: data.bytes() }] }
}

function roundsOf(turns: readonly Turn[]): Round[] {
  const rounds: { turn: Turn; others: Turn[] }[] = []
  for (const turn of turns) {
    if (turn.by === undefined) rounds.push({ turn, others: [] })
    else rounds[rounds.length - 1].others.push(turn)
  }
  return rounds
}

interface Context {
  readonly sentence: string
  readonly index: number
  readonly isLast: boolean
  readonly evidence: Evidence
  readonly data: Data
  /** The label of a text. */
  text(value: string): string
  nameOf(turn: Turn['next']): string
}

const goOnTo = (label: string): string[] => [`la t0, ${label}`, 'la t1, next', 'sd t0, (t1)']
const say = (label: string): string[] => [`la a0, ${label}`, 'call print']

function roundLines(
  { turn, others }: Round,
  { index, isLast, evidence, sentence, data, text, nameOf }: Context,
): string[] {
  const after = [turn, ...others].map(({ next }) => `${nameOf(next)} goes on\n`)
  const story = others.map(({ name }, at) => `${after[at]}${name}: `).join('')
  const isHang = isLast && evidence.by === 'hang'
  // A host that translates by other tables may be unable to go on: it says beforehand what its silence means.
  const isSilent = isHang || (isLast && evidence.by === 'satp')
  const ticks = ticksUntil(others, isLast && isAwaited(evidence))
  const silence = `\nbreach, if the host says no more: ${sentence}\n`
  const lines = say(text(`${turn.name}: ${isHang ? story : ''}${isSilent ? silence : ''}`))
  if (turn.pokes.length > 0) lines.push(`li a0, ${data.stores(turn.pokes)}`, 'call put')
  if (ticks !== undefined) lines.push(`li a0, ${ticks}`, 'call set_timer')
  if (turn.runs === 'code') lines.push(...codeLines(turn))
  lines.push(...goOnTo(`arrival_${index}`), `li x31, ${data.registers(turn.registers)}`, `j go_${turn.runs}`)
  lines.push(`arrival_${index}:`)
  if (turn.runs === 'code') lines.push(...setAgain(index))
  if (isLast) lines.push('rdtime s11', 'ld s10, deadline')
  if (story !== '' && !isHang) lines.push(...say(text(story)))
  lines.push('call report')
  if (ticks !== undefined) lines.push('li a0, -1', 'call set_timer')
  return lines
}

/** Who has to have the hart again, or not, before the timer says otherwise. */
const isAwaited = (evidence: Evidence): boolean =>
  evidence.by === 'running' || (evidence.by === 'registers' && evidence.of !== 'host')

/** After how many ticks the timer is to interrupt; undefined for never. */
function ticksUntil(others: readonly Turn[], isAwaited: boolean): number | undefined {
  const at = others.findIndex(({ runs }) => runs === 'timer')
  if (at < 0) return isAwaited ? PATIENCE : undefined
  return ticksFor(others.slice(0, at).reduce((sum, { instructions }) => sum + instructions, 0))
}

function codeLines({ pokes }: Turn): string[] {
  const size = BigInt(pokes[0].bytes.length)
  return [
    'la t0, active',
    `li t1, ${HOST_CODE.va}`,
    'sd t1, (t0)',
    `li t1, ${HOST_CODE.va + size}`,
    'sd t1, 8(t0)',
    `li t1, ${HOST_CODE.va - 1n}`,
    'sd t1, 16(t0)',
  ]
}

/** Code may have changed where traps go: then the host sets itself up again, without a change of `saved`. */
function setAgain(index: number): string[] {
  return [
    'csrr t0, stvec',
    `li t1, ${hostAgent.trap}`,
    `beq t0, t1, set_${index}`,
    'csrr t0, satp',
    'csrw satp, t0',
    'csrw stvec, t1',
    'sfence.vma',
    'fence.i',
    `set_${index}:`,
  ]
}

/** Says whether the breach is there, and ends with that. */
function evidenceLines(evidence: Evidence, sentence: string, text: (value: string) => string): string[] {
  const shown = ['shown:', ...say(text(`${sentence}\n`)), 'li a0, 1', 'j finish']
  const not = [
    'not_shown:',
    ...say(text(`no breach: what was found elsewhere is not seen here\n`)),
    'li a0, 0',
    'j finish',
  ]
  const unreadable = [
    'unreadable:',
    ...say(text('no breach: the host cannot read where it would be seen\n')),
    'li a0, 0',
    'j finish',
  ]
  return [...checks(evidence, text), 'j shown', ...shown, ...not, ...unreadable]
}

function checks(evidence: Evidence, text: (value: string) => string): string[] {
  const hex = (value: bigint): string => `0x${value.toString(16)}`
  const printed = (words: string, register: string, end = ': ') => [
    ...say(text(`breach: ${words} `)),
    `mv a0, ${register}`,
    'call print_number',
    ...say(text(end)),
  ]
  switch (evidence.by) {
    case 'hang':
      return ['j not_shown']
    case 'registers': {
      if (evidence.of !== 'host') {
        const held = evidence.registers
          .map(([register, value]) => `${registerNames[register]} ${hex(value)}`)
          .join(', ')
        return [...yielded, ...say(text(`breach: the enclave goes on with ${held}: `))]
      }
      const [[first]] = evidence.registers
      return [
        ...evidence.registers.flatMap(([register, value]) => [
          `ld t0, saved + ${register * 8}`,
          `li t1, ${BigInt.asIntN(64, value)}`,
          'bne t0, t1, not_shown',
        ]),
        `ld s0, saved + ${first * 8}`,
        ...printed(`the host goes on with ${registerNames[first]}`, 's0'),
      ]
    }
    case 'byte':
      return [
        `li a0, ${evidence.pa}`,
        'call read',
        'mv s0, a0',
        'bltz s0, unreadable',
        `li t0, ${evidence.expected}`,
        'beq s0, t0, not_shown',
        ...printed(`the host read the byte`, 's0', ` at ${hex(evidence.pa)} where ${evidence.expected} was: `),
      ]
    case 'page':
      return [
        `li s1, ${evidence.pa}`,
        `li s2, ${evidence.pa + 4096n}`,
        'look:',
        'mv a0, s1',
        'call read',
        'mv s0, a0',
        'bltz s0, unreadable',
        'bnez s0, found',
        'addi s1, s1, 1',
        'bne s1, s2, look',
        'j not_shown',
        'found:',
        ...printed('the host read the byte', 's0', ' at '),
        'mv a0, s1',
        'call print_number',
        ...say(text(', in a page that was given back: ')),
      ]
    case 'mapped':
      return [
        `li a0, ${evidence.pa}`,
        'call read',
        'mv s0, a0',
        'bltz s0, unreadable',
        ...printed('the host read the byte', 's0', ` at ${hex(evidence.pa)}: `),
      ]
    case 'lost':
      return [
        `li a0, ${evidence.pa}`,
        'call read',
        'bgez a0, not_shown',
        ...say(text(`breach: the host cannot read its own memory at ${hex(evidence.pa)}: `)),
      ]
    case 'satp':
      return [
        'csrr s0, satp',
        `li t0, ${BigInt.asIntN(64, evidence.satp)}`,
        'bne s0, t0, not_shown',
        ...printed('the host has satp', 's0'),
      ]
    case 'access':
      return [
        'ld t0, culprit_trapped',
        'bnez t0, not_shown',
        ...(evidence.register === undefined
          ? say(text(`breach: the host's instruction at ${hex(evidence.pc)} did not trap: `))
          : [
              `ld s0, saved + ${evidence.register * 8}`,
              ...printed('the host read', 's0', ` by its instruction at ${hex(evidence.pc)}: `),
            ]),
      ]
    case 'running':
      if (evidence.of === 'host') return ['bgeu s11, s10, not_shown', ...say(text('breach: the host goes on: '))]
      return [...yielded, ...say(text('breach: the enclave goes on: '))]
  }
}

/** An enclave has yielded by itself. */
const yielded = [
  'bgeu s11, s10, not_shown',
  'ld t0, saved + 80',
  'bnez t0, not_shown',
  'ld t0, saved + 88',
  `li t1, ${exitReason.ENCLAVE_YIELD}`,
  'bne t0, t1, not_shown',
]

/** What the script copies and loads. */
class Data {
  readonly #chunks: Uint8Array[] = []
  #size = 0

  /** The address of pairs of addresses and bytes for `put`. */
  stores(pokes: readonly StoredBytes[]): bigint {
    const words = pokes.flatMap(({ va, bytes }) =>
      bytes.length > 0 ? [va, this.#add(bytes), BigInt(bytes.length)] : [],
    )
    return this.#add(wordBytes([...words, 0n, 0n, 0n]))
  }

  /** The address of x0 to x31. */
  registers(values: readonly bigint[]): bigint {
    return this.#add(wordBytes(values))
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#chunks)
  }

  #add(bytes: Uint8Array): bigint {
    const pa = DATA.pa + BigInt(this.#size)
    const size = Math.ceil(bytes.length / 8) * 8
    const chunk = new Uint8Array(size)
    chunk.set(bytes)
    this.#chunks.push(chunk)
    this.#size += size
    if (DATA.pa + BigInt(this.#size) > DATA.end) throw new InputError('the finding stores too much for a program')
    return pa
  }
}

const wordBytes = (words: readonly bigint[]): Uint8Array => new Uint8Array(new BigUint64Array(words).buffer)
