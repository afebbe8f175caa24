import { type EncodeOperands, encode } from '../../rtl-model/isa/decode.ts'
import type { Instruction } from '../../rtl-model/isa/instruction.ts'
import { instructions } from '../../rtl-model/isa/table.ts'
import { type Bound, evaluate, isProblem, type Quantity } from './expression.ts'
import type { Alignment, Branch, Code, Label, Relocated, Section, Value } from './section.ts'
import { fail, type Place } from './syntax.ts'

/** An address as the linker would make it. */
const addressOf = ({ section, fragment, offset }: Label): bigint =>
  (section?.address ?? 0n) + BigInt((fragment?.offset ?? 0) + offset)

/** The value of an expression when all addresses are known. Throws an InputError where it has none. */
export function finalValue(expression: Bound): Quantity {
  const result = evaluate(expression, addressOf)
  if (isProblem(result)) fail(result.place, result.problem)
  return result
}

/** The bytes of each section, in the same order; addresses have to be known. */
export function encodeSections(sections: readonly Section[]): Uint8Array[] {
  const upperParts = new Map(sections.flatMap(upperPartsOf))
  return sections.map((section) => encodeSection(section, upperParts))
}

/** Of each `%pcrel_hi` the address of its instruction, and the distance from there, whose lower bits `%pcrel_lo` takes. */
function upperPartsOf(section: Section): [address: bigint, distance: bigint][] {
  return section.fragments.flatMap((fragment) =>
    fragment.items.flatMap((item): [bigint, bigint][] => {
      if (item.kind !== 'code' || typeof item.operands.immediate !== 'object') return []
      const { kind, expression } = item.operands.immediate
      if (kind !== 'pcrel_hi') return []
      const pc = section.address + BigInt(fragment.offset + item.offset)
      return [[pc, finalValue(expression).number - pc]]
    }),
  )
}

function encodeSection(section: Section, upperParts: ReadonlyMap<bigint, bigint>): Uint8Array {
  if (section.zero) return new Uint8Array()
  const bytes = new Uint8Array(section.size)
  const view = new DataView(bytes.buffer)
  for (const fragment of section.fragments) {
    for (const item of fragment.items) {
      const at = fragment.offset + item.offset
      if (item.kind === 'bytes') bytes.set(item.bytes, at)
      else if (item.kind === 'value') putValue(item, view, at)
      else putBits(codeBits(item, section.address + BigInt(at), upperParts), item.row.format.length, view, at)
    }
    const at = fragment.offset + fragment.size
    if (fragment.end?.kind === 'branch') putBranch(fragment.end, fragment.endSize, section, view, at)
    else if (fragment.end !== undefined) putPadding(fragment.end, bytes.subarray(at, at + fragment.endSize))
  }
  return bytes
}

function putBits(bits: number, length: 2 | 4, view: DataView, at: number): void {
  if (length === 2) view.setUint16(at, bits, true)
  else view.setUint32(at, bits, true)
}

function putValue({ size, expression, place }: Value, view: DataView, at: number): void {
  const { number } = finalValue(expression)
  const bits = BigInt(8 * size)
  if (number < -(1n << (bits - 1n)) || number >= 1n << bits) {
    fail(place, `value ${number} does not fit ${size === 1 ? 'a byte' : `${size} bytes`}`)
  }
  for (let index = 0; index < size; index++) view.setUint8(at + index, Number((number >> BigInt(8 * index)) & 0xffn))
}

/** As GNU as does: a zero up to an even address, a 16-bit nop up to a word, then 32-bit ones. */
function putPadding({ fill }: Alignment, padding: Uint8Array): void {
  if (fill !== 'nop') {
    padding.fill(fill)
    return
  }
  const odd = padding.length % 2
  if (padding.length % 4 >= 2) padding[odd] = 0x01
  for (let at = padding.length % 4; at < padding.length; at += 4) padding[at] = 0x13
}

function codeBits(
  { row, operands, ordering, place }: Code,
  pc: bigint,
  upperParts: ReadonlyMap<bigint, bigint>,
): number {
  const { immediate } = operands
  const number = typeof immediate === 'object' ? relocate(row, immediate, pc, upperParts) : immediate
  return encoded(row, { ...operands, immediate: number ?? 0 }, place) | ordering
}

function encoded(row: Instruction, operands: EncodeOperands, place: Place): number {
  const bits = encode(row, operands)
  if (bits === undefined) fail(place, `${row.name} cannot encode ${operands.immediate}`)
  return bits
}

/** The immediate of an instruction at `pc` (psABI, 8.4). */
function relocate(
  row: Instruction,
  { kind, expression, place }: Relocated,
  pc: bigint,
  upperParts: ReadonlyMap<bigint, bigint>,
): number {
  const { number, section } = finalValue(expression)
  switch (kind) {
    case 'target':
      return distanceTo(row, number, pc, place)
    case 'hi':
      // A number is taken as 32 bits; an address of which lui makes another is refused, as ld refuses it.
      return upper(section === undefined && number >> 32n === 0n ? BigInt.asIntN(32, number) : number, place, () => {
        return `0x${hex(number)} does not fit the 32 bits, sign-extended, that lui reaches; la takes any address`
      })
    case 'lo':
      return Number(BigInt.asIntN(12, number))
    case 'pcrel_hi':
      return upper(number - pc, place, () => `0x${hex(number)} is more than 2 GiB away`)
    case 'pcrel_lo': {
      const distance = upperParts.get(number)
      if (distance === undefined) fail(place, '%pcrel_lo takes the label of an instruction with %pcrel_hi')
      return Number(BigInt.asIntN(12, distance))
    }
  }
}

/** The upper 20 bits, rounded so that the sign-extended lower 12 complete them. */
function upper(value: bigint, place: Place, problem: () => string): number {
  const rounded = ((value + 0x800n) >> 12n) << 12n
  if (rounded !== BigInt.asIntN(32, rounded)) fail(place, problem())
  return Number(rounded)
}

function distanceTo({ name, format }: Instruction, target: bigint, pc: bigint, place: Place): number {
  const distance = target - pc
  const reach = 1n << BigInt(format.immediate.width - 1)
  if (distance % 2n !== 0n) fail(place, `${name} to 0x${hex(target)}: the distance ${distance} is odd`)
  if (distance < -reach || distance >= reach) {
    fail(place, `${name} to 0x${hex(target)} is out of range: ${distance} bytes; ${-reach} to ${reach - 2n}`)
  }
  return Number(distance)
}

const hex = (address: bigint): string => BigInt.asUintN(64, address).toString(16)

const named = (name: string): Instruction => {
  const row = instructions.find((candidate) => candidate.name === name)
  if (row === undefined) throw new RangeError(`no instruction ${name}`)
  return row
}
const jal = named('jal')
const inverses: ReadonlyMap<string, Instruction> = new Map(
  [['beq', 'bne'] as const, ['blt', 'bge'] as const, ['bltu', 'bgeu'] as const, ['c.beqz', 'c.bnez'] as const].flatMap(
    ([a, b]) => [[a, named(b)] as const, [b, named(a)] as const],
  ),
)

function putBranch(branch: Branch, size: number, section: Section, view: DataView, at: number): void {
  const { operands } = branch
  const { expression, place } = operands.immediate
  const target = finalValue(expression).number
  const pc = section.address + BigInt(at)
  const one = size === 2 && branch.short !== undefined ? branch.short : branch.row
  if (one.format.length === size) {
    const immediate = distanceTo(one, target, pc, place)
    putBits(encoded(one, { ...operands, immediate }, place), one.format.length, view, at)
    return
  }
  const around = inverses.get(size === 6 && branch.short !== undefined ? branch.short.name : branch.row.name)
  if (around === undefined) throw new RangeError(`${branch.row.name} has no inverse`)
  const { length } = around.format
  putBits(encoded(around, { ...operands, immediate: size }, place), length, view, at)
  const immediate = distanceTo(jal, target, pc + BigInt(length), place)
  putBits(encoded(jal, { immediate }, place), 4, view, at + length)
}
