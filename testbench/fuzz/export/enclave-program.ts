/** The image of an enclave that does its turns by itself. */

import { enclaveRegisters, PAGE_SIZE } from '../../../monitor/abi.ts'
import { InputError } from '../../../traces/input-error.ts'
import { assembleAgent, CODE_VA, ENCLAVE_CODE, enclaveAgent, enclaveSource } from '../../calls/agents.ts'
import { IMAGE_BYTES, imagePages } from '../../calls/image.ts'
import type { Life, Turn } from './turn.ts'

/** What the enclaves that begin with one image do. */
export interface Part {
  readonly life: Life
  readonly turns: readonly Turn[]
  /** What it has to have in registers to yield at the end; nothing where it is to wait there for ever. */
  readonly shows: readonly (readonly [register: number, value: bigint])[] | undefined
}

/** The image's spare page, mapped for what the script needs beside its code: the address of the next turn, and data. */
const SCRIPT_VA = 0x4000n
const SCRIPT_ENTRY = SCRIPT_VA / PAGE_SIZE
const NEXT = SCRIPT_VA
const READ_WRITE = 0xd7n

/** Whether these bytes are an image as a host puts it into memory before it creates an enclave. */
export function isImage(bytes: Uint8Array): boolean {
  const agent = Number(imagePages.code * PAGE_SIZE)
  return bytes.length === IMAGE_BYTES && enclaveAgent.bytes.every((byte, index) => bytes[agent + index] === byte)
}

/**
 * An image for memory at `pa`, with the turns of all that begin with it.
 * @throws InputError where they do not fit, or where two forks of a template cannot tell which they are
 */
export function scriptedImage(plain: Uint8Array, pa: bigint, parts: readonly Part[]): Uint8Array {
  const bytes = Uint8Array.from(plain)
  const view = new DataView(bytes.buffer)
  const entry = ((pa / PAGE_SIZE + imagePages.spare) << 10n) | READ_WRITE
  view.setBigUint64(Number(imagePages.text * PAGE_SIZE + SCRIPT_ENTRY * 8n), entry, true)
  const data = new Data(nameOf(parts))
  const source = sourceOf(parts, data)
  const { sections, symbols } = assembleAgent(source, CODE_VA)
  const code = sections[0].bytes
  if (code.length > data.top) data.fail()
  bytes.set(data.code, Number(imagePages.code * PAGE_SIZE))
  bytes.set(code, Number(imagePages.code * PAGE_SIZE))
  data.spare.setBigUint64(0, symbols.find(({ name }) => name === 'begin')!.address, true)
  bytes.set(new Uint8Array(data.spare.buffer), Number(imagePages.spare * PAGE_SIZE))
  return bytes
}

const nameOf = (parts: readonly Part[]): string => parts.map(({ life }) => `enclave ${life.eid}`).join(' and ')

/** Data on the spare page, and from the end of the page of the code down. */
class Data {
  readonly spare = new DataView(new ArrayBuffer(Number(PAGE_SIZE)))
  readonly code = new Uint8Array(Number(PAGE_SIZE))
  /** Where in the page of the code data begins. */
  top = Number(PAGE_SIZE)
  readonly #name: string
  #end = 8

  constructor(name: string) {
    this.#name = name
  }

  /** The virtual address of these bytes. */
  add(bytes: Uint8Array): bigint {
    const size = Math.ceil(bytes.length / 8) * 8
    if (this.#end + size <= this.spare.byteLength) {
      new Uint8Array(this.spare.buffer).set(bytes, this.#end)
      this.#end += size
      return SCRIPT_VA + BigInt(this.#end - size)
    }
    if (size > this.top) this.fail()
    this.top -= size
    this.code.set(bytes, this.top)
    return CODE_VA + BigInt(this.top)
  }

  /** @throws InputError always */
  fail(): never {
    throw new InputError(`${this.#name}: does too much for a program in two pages`)
  }
}

function sourceOf(parts: readonly Part[], data: Data): string {
  const lines = [
    enclaveSource({ start: 'go_on', wait: 'go_on' }),
    // What is in x31 is lost: there is nowhere to put it without another register.
    `go_on: li x31, ${NEXT}`,
    'ld x31, 0(x31)',
    'jr x31',
    // a0: to, a1: from, a2: bytes.
    'copy: lbu a3, 0(a1)',
    'sb a3, 0(a0)',
    'addi a0, a0, 1',
    'addi a1, a1, 1',
    'addi a2, a2, -1',
    'bnez a2, copy',
    'ret',
    'spin: addi x31, x31, -1',
    'bnez x31, spin',
    'j go_on',
    'end: j end',
    'begin:',
    ...beginning(parts),
  ]
  for (const part of parts) {
    for (const index of part.turns.keys()) lines.push(...turnLines(part, index, data))
    lines.push(`end_${part.life.serial}:`, ...endLines(part.shows))
  }
  for (const runs of new Set(parts.flatMap(({ turns }) => turns.map((turn) => turn.runs)))) {
    lines.push(`go_${runs}:`)
    for (let register = 1; register < 32; register++) lines.push(`ld x${register}, ${register * 8}(x31)`)
    lines.push(`j ${places[runs]}`)
  }
  return `${lines.join('\n')}\n`
}

const places = { call: 'call', load: 'load', timer: 'spin', code: ENCLAVE_CODE.va, space: 'end' } as const

/** Which of those that begin with the image this is: by a2. */
function beginning(parts: readonly Part[]): string[] {
  if (parts.length === 1) return [`j ${firstLabel(parts[0])}`]
  const counts = parts.map(({ life }) => life.a2)
  if (new Set(counts).size < parts.length)
    throw new InputError(`${nameOf(parts)}: forks that find the same in a2 cannot tell which they are`)
  return parts
    .flatMap((part) => [`li x31, ${part.life.a2 ?? -1}`, `beq a2, x31, pick_${part.life.serial}`])
    .concat('j end')
    .concat(parts.flatMap((part) => [`pick_${part.life.serial}:`, `j ${firstLabel(part)}`]))
}

const firstLabel = ({ life, turns }: Part): string =>
  turns.length > 0 ? `turn_${life.serial}_0` : `end_${life.serial}`

function turnLines({ life, turns }: Part, index: number, data: Data): string[] {
  const { pokes, registers, runs } = turns[index]
  const next = index + 1 < turns.length ? `turn_${life.serial}_${index + 1}` : `end_${life.serial}`
  const table = new Uint8Array(new BigUint64Array(registers.slice(1)).buffer)
  return [
    `turn_${life.serial}_${index}:`,
    `li x31, ${NEXT}`,
    `la x30, ${next}`,
    'sd x30, 0(x31)',
    ...pokes.flatMap(({ va, bytes }) => [
      `li a0, ${BigInt.asIntN(64, va)}`,
      `li a1, ${data.add(bytes)}`,
      `li a2, ${bytes.length}`,
      ...(bytes.length > 0 ? ['jal copy'] : []),
    ]),
    'fence.i',
    `li x31, ${data.add(table) - 8n}`,
    `j go_${runs}`,
  ]
}

/** Yields where the registers hold what they must not, and else waits for the timer. */
function endLines(shows: Part['shows']): string[] {
  if (shows === undefined) return ['j end']
  const [number, ext] = enclaveRegisters({ call: 'yield' }).toReversed()
  return [
    ...shows.flatMap(([register, value]) => [`li x31, ${BigInt.asIntN(64, value)}`, `bne x${register}, x31, end`]),
    `li a7, ${number}`,
    `li a6, ${ext}`,
    'ecall',
    'j end',
  ]
}
