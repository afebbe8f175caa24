import type { Builder, SectionKind } from './builder.ts'
import { nearest } from './nearest.ts'
import { type Command, type Expression, fail, type Operand } from './syntax.ts'

type Directive = (command: Command, builder: Builder) => void

/** Does what a directive says. */
export function direct(command: Command, builder: Builder): void {
  const directive = directives[command.name]
  if (directive === undefined) {
    const near = nearest(command.name, Object.keys(directives))
    fail(command.place, `unknown directive ${command.name}${near === undefined ? '' : `; did you mean ${near}?`}`)
  }
  directive(command, builder)
}

/** Puts the values of expressions at the end of the section. */
const values =
  (size: 1 | 2 | 4 | 8): Directive =>
  ({ operands }, builder) => {
    for (const operand of operands) {
      const expression = expressionOf(operand)
      const { place } = expression
      builder.add(size, { kind: 'value', size, expression: builder.bind(expression), place }, place)
    }
  }

const strings =
  (terminated: boolean): Directive =>
  ({ operands }, builder) => {
    for (const operand of operands) {
      if (operand.kind !== 'string') fail(operand.place, 'expected a string')
      const bytes = terminated ? [...operand.bytes, 0] : operand.bytes
      builder.add(bytes.length, { kind: 'bytes', bytes }, operand.place)
    }
  }

const space: Directive = (command, builder) => {
  const [size, value = 0n] = numbers(command, builder, 1, 2)
  const count = sizeOf(command, size)
  if (value === 0n) builder.addZeroes(count)
  else builder.add(count, { kind: 'bytes', bytes: new Uint8Array(count).fill(Number(value & 0xffn)) }, command.place)
}

/** `.fill count, size, value`: of the value the low 32 bits, then zeroes. */
const fill: Directive = (command, builder) => {
  const [count, size = 1n, value = 0n] = numbers(command, builder, 1, 3)
  if (size < 0n || size > 8n) fail(command.place, `.fill takes a size of 0 to 8 bytes, not ${size}`)
  const low = BigInt.asUintN(32, value)
  const one = Array.from({ length: Number(size) }, (_, index) => Number((low >> BigInt(8 * index)) & 0xffn))
  const bytes = Array.from({ length: sizeOf(command, count) }, () => one).flat()
  if (low === 0n) builder.addZeroes(bytes.length)
  else builder.add(bytes.length, { kind: 'bytes', bytes }, command.place)
}

/** `bytesOf` makes the number of bytes of the first operand; then follow what to fill with and how many bytes at most. */
const align =
  (bytesOf: (operand: bigint) => bigint): Directive =>
  (command, builder) => {
    const { operands, place } = command
    if (operands.length === 0 || operands.length > 3) fail(place, `${command.name} takes 1 to 3 operands`)
    const [first, fillWith, most] = operands.map((operand) =>
      operand.kind === 'nothing' ? undefined : builder.constant(expressionOf(operand)),
    )
    const bytes = bytesOf(first ?? 0n)
    if (bytes <= 0n || bytes > 1n << 31n || (bytes & (bytes - 1n)) !== 0n) {
      fail(place, `${command.name} ${first}: the alignment must be a power of two, up to 2^31`)
    }
    const { section } = builder
    section.alignment = Math.max(section.alignment, Number(bytes))
    const inCode = section.executable && fillWith === undefined
    if (inCode && bytes <= (builder.rvc ? 2n : 4n)) return
    const filling = inCode ? 'nop' : Number(BigInt.asUintN(8, fillWith ?? 0n))
    const limit = most === undefined || most === 0n ? bytes : most
    builder.end({ kind: 'alignment', bytes: Number(bytes), fill: filling, most: Number(limit) }, place)
  }
const alignPower = align((power) => (power < 0n || power > 31n ? 0n : 1n << power))
const alignBytes = align((bytes) => (bytes === 0n ? 1n : bytes))

const enter =
  (name: string): Directive =>
  (command, builder) => {
    numbers(command, builder, 0, 0)
    builder.enter(name)
  }

const usualKinds: readonly (readonly [prefix: string, kind: SectionKind])[] = [
  ['.text', { executable: true, writable: false, zero: false }],
  ['.rodata', { executable: false, writable: false, zero: false }],
  ['.data', { executable: false, writable: true, zero: false }],
  ['.bss', { executable: false, writable: true, zero: true }],
]

/** `.section name, "flags", @type` */
const section: Directive = ({ operands, place }, builder) => {
  const [named, flags, type] = operands
  const name = named === undefined ? '' : named.kind === 'string' ? String.fromCharCode(...named.bytes) : nameOf(named)
  if (name === '') fail(place, '.section takes a name')
  const usual = usualKinds.find(([prefix]) => name === prefix || name.startsWith(`${prefix}.`))?.[1]
  const exists = builder.sections.some((candidate) => candidate.name === name)
  if (flags === undefined && usual === undefined && !exists) {
    fail(place, `section ${name} needs flags, such as "aw" for data or "ax" for instructions`)
  }
  const letters = flags?.kind === 'string' ? String.fromCharCode(...flags.bytes) : undefined
  if (flags !== undefined && (letters === undefined || !/^[awx]*$/.test(letters) || !letters.includes('a'))) {
    fail(flags.place, 'expected flags between quotation marks: a, and w or x')
  }
  if (type !== undefined && (type.kind !== 'type' || !['progbits', 'nobits'].includes(type.name))) {
    fail(type.place, 'expected @progbits or @nobits')
  }
  const zero = type?.kind === 'type' ? type.name === 'nobits' : (usual?.zero ?? false)
  const kind =
    letters === undefined ? usual : { executable: letters.includes('x'), writable: letters.includes('w'), zero }
  builder.enter(name, kind)
}

const set: Directive = ({ operands, place, name }, builder) => {
  if (operands.length !== 2) fail(place, `${name} takes a name and a value`)
  builder.symbols.assign(nameOf(operands[0]), builder.bind(expressionOf(operands[1])), place)
}

const symbolKinds: Readonly<Record<string, 'function' | 'object' | 'none'>> = {
  function: 'function',
  object: 'object',
  notype: 'none',
}

/** `.type name, @function` */
const type: Directive = ({ operands, place }, builder) => {
  const [named, kind] = operands
  if (operands.length !== 2 || kind.kind !== 'type' || !(kind.name in symbolKinds)) {
    fail(place, '.type takes a name and @function, @object or @notype')
  }
  builder.symbols.symbol(nameOf(named)).kind = symbolKinds[kind.name]
}

const size: Directive = ({ operands, place }, builder) => {
  if (operands.length !== 2) fail(place, '.size takes a name and a value')
  builder.symbols.symbol(nameOf(operands[0])).size = builder.bind(expressionOf(operands[1]))
}

/** All symbols of a file are seen outside it; the directive is checked and has no effect. */
const visibility: Directive = ({ operands, place, name }) => {
  if (operands.length === 0) fail(place, `${name} takes names`)
  for (const operand of operands) nameOf(operand)
}

const option: Directive = ({ operands, place }, builder) => {
  const which = operands.length === 1 ? nameOf(operands[0]) : ''
  switch (which) {
    case 'rvc':
    case 'norvc':
      builder.rvc = which === 'rvc'
      return
    case 'push':
      builder.pushOptions()
      return
    case 'pop':
      builder.popOptions(place)
      return
    case 'relax':
    case 'norelax':
      return
    default:
      fail(place, '.option takes rvc, norvc, push, pop, relax or norelax')
  }
}

const directives: Readonly<Record<string, Directive>> = {
  ...{ '.byte': values(1), '.half': values(2), '.word': values(4), '.dword': values(8) },
  ...{ '.2byte': values(2), '.4byte': values(4), '.8byte': values(8), '.quad': values(8) },
  ...{ '.ascii': strings(false), '.asciz': strings(true), '.string': strings(true) },
  ...{ '.zero': space, '.space': space, '.skip': space, '.fill': fill },
  ...{ '.align': alignPower, '.p2align': alignPower, '.balign': alignBytes },
  ...{ '.text': enter('.text'), '.data': enter('.data'), '.bss': enter('.bss'), '.section': section },
  ...{ '.globl': visibility, '.global': visibility, '.local': visibility },
  ...{ '.set': set, '.equ': set, '.type': type, '.size': size, '.option': option },
}

function expressionOf(operand: Operand): Expression {
  if (operand.kind !== 'expression' || operand.base !== undefined) fail(operand.place, 'expected an expression')
  return operand.expression
}

function nameOf(operand: Operand): string {
  const name = operand.kind === 'expression' && operand.base === undefined ? operand.expression : undefined
  if (name?.kind !== 'name') fail(operand.place, 'expected a name')
  return name.name
}

function numbers({ operands, place, name }: Command, builder: Builder, least: number, most: number): bigint[] {
  if (operands.length < least || operands.length > most) {
    const range = most === 0 ? 'no operands' : `${least} to ${most} operands`
    fail(place, `${name} takes ${range}, not ${operands.length}`)
  }
  return operands.map((operand) => builder.constant(expressionOf(operand)))
}

function sizeOf({ place, name }: Command, size: bigint): number {
  if (size < 0n || size > 1n << 30n) fail(place, `${name} ${size}: the size must be 0 to 2^30`)
  return Number(size)
}
