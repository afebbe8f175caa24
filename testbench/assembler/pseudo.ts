import { isRegister } from './operands.ts'
import {
  type Command,
  type Expression,
  type ExpressionOperand,
  fail,
  type Operand,
  type Place,
  type Relocation,
} from './syntax.ts'

/** An instruction of the table, or bits that no row has. */
export type Expansion =
  | {
      readonly name: string
      readonly operands: readonly Operand[]
      /** The 16-bit forms that may stand for it; without this, those that GNU as takes for the instruction itself. */
      readonly short?: readonly string[]
    }
  | { readonly bits: number; readonly length: 2 | 4 }

export interface Circumstances {
  /** The value of an expression that is known already. */
  known(expression: Expression): bigint | undefined
  /** The same; fails where it is not known. */
  constant(expression: Expression): bigint
  /** 16-bit forms are allowed. */
  readonly rvc: boolean
}

/**
 * What a pseudo-instruction stands for, as GNU as expands it (RISC-V assembly programmer's manual, "pseudoinstructions").
 * Undefined where there is none of this name with such operands.
 */
export function expand(
  { name, operands, place }: Command,
  circumstances: Circumstances,
): readonly Expansion[] | undefined {
  const template = templates[`${name}/${operands.length}`]
  if (template !== undefined) return template.map((line) => fill(line, operands, place))
  return special[name]?.(operands, place, circumstances)
}

/** The names of all pseudo-instructions, and of instructions that have a form as one. */
export const pseudoNames = (): string[] => [
  ...new Set([...Object.keys(templates).map((key) => key.split('/')[0]), ...Object.keys(special)]),
]

/** By name and number of operands. `$0` is the first operand; what follows `|` are the 16-bit forms that it may take. */
const templates: Readonly<Record<string, readonly string[]>> = {
  'nop/0': ['addi zero zero 0'],
  'mv/2': ['addi $0 $1 0 | c.mv'],
  'not/2': ['xori $0 $1 -1'],
  'neg/2': ['sub $0 zero $1'],
  'negw/2': ['subw $0 zero $1'],
  'sext.b/2': ['slli $0 $1 56', 'srai $0 $0 56'],
  'sext.h/2': ['slli $0 $1 48', 'srai $0 $0 48'],
  'sext.w/2': ['addiw $0 $1 0'],
  'zext.b/2': ['andi $0 $1 255'],
  'zext.h/2': ['slli $0 $1 48', 'srli $0 $0 48'],
  'zext.w/2': ['slli $0 $1 32', 'srli $0 $0 32'],
  'seqz/2': ['sltiu $0 $1 1'],
  'snez/2': ['sltu $0 zero $1'],
  'sltz/2': ['slt $0 $1 zero'],
  'sgtz/2': ['slt $0 zero $1'],
  'sgt/3': ['slt $0 $2 $1'],
  'sgtu/3': ['sltu $0 $2 $1'],
  'beqz/2': ['beq $0 zero $1'],
  'bnez/2': ['bne $0 zero $1'],
  'blez/2': ['bge zero $0 $1'],
  'bgez/2': ['bge $0 zero $1'],
  'bltz/2': ['blt $0 zero $1'],
  'bgtz/2': ['blt zero $0 $1'],
  'bgt/3': ['blt $1 $0 $2'],
  'ble/3': ['bge $1 $0 $2'],
  'bgtu/3': ['bltu $1 $0 $2'],
  'bleu/3': ['bgeu $1 $0 $2'],
  'j/1': ['jal zero $0 | c.j'],
  'jal/1': ['jal ra $0'],
  'jr/2': ['jalr zero $1($0)'],
  'jalr/3': ['jalr $0 $2($1)'],
  'ret/0': ['jalr zero 0(ra) | c.jr'],
  'call/1': ['auipc ra %hi($0)', 'jalr ra %lo(ra)'],
  'call/2': ['auipc t1 %hi($1)', 'jalr $0 %lo(t1)'],
  'tail/1': ['auipc t1 %hi($0)', 'jalr zero %lo(t1)'],
  'jump/2': ['auipc $1 %hi($0)', 'jalr zero %lo($1)'],
  'csrr/2': ['csrrs $0 $1 zero'],
  'csrwi/2': ['csrrwi zero $0 $1'],
  'csrsi/2': ['csrrsi zero $0 $1'],
  'csrci/2': ['csrrci zero $0 $1'],
  'rdcycle/1': ['csrrs $0 0xc00 zero'],
  'rdtime/1': ['csrrs $0 0xc01 zero'],
  'rdinstret/1': ['csrrs $0 0xc02 zero'],
  'fence/0': ['fence iorw iorw'],
  'sfence.vma/0': ['sfence.vma zero zero'],
  'sfence.vma/1': ['sfence.vma $0 zero'],
}

type Rule = (
  operands: readonly Operand[],
  place: Place,
  circumstances: Circumstances,
) => readonly Expansion[] | undefined

/** A CSR instruction whose source may be a register or a number. */
const write =
  (row: string): Rule =>
  (operands, place) => {
    if (operands.length !== 2) return undefined
    return [fill(`${row}${isRegister(operands[1]) ? '' : 'i'} zero $0 $1`, operands, place)]
  }

/** An operation whose second source may be a number: `add rd, rs, 1`. */
const arithmetic =
  (immediateRow: string, short?: string): Rule =>
  (operands, place) => {
    if (operands.length !== 3 || isRegister(operands[2])) return undefined
    return [fill(`${immediateRow} $0 $1 $2${short === undefined ? '' : ` | ${short}`}`, operands, place)]
  }

/** A load of a symbol: `lw rd, symbol`. */
const load =
  (row: string): Rule =>
  (operands, place, circumstances) => {
    if (operands.length !== 2 || !isSymbol(operands[1], circumstances)) return undefined
    return [`auipc $0 %hi($1)`, `${row} $0 %lo($0)`].map((line) => fill(line, operands, place))
  }

/** A store to a symbol by way of a register: `sw rs, symbol, rt`. */
const store =
  (row: string): Rule =>
  (operands, place, circumstances) => {
    if (operands.length !== 3 || !isSymbol(operands[1], circumstances)) return undefined
    return [`auipc $2 %hi($1)`, `${row} $0 %lo($2)`].map((line) => fill(line, operands, place))
  }

const loadAddress: Rule = (operands, place, circumstances) => {
  if (operands.length !== 2) return undefined
  const [target, address] = operands
  const value = address.kind === 'expression' ? circumstances.known(address.expression) : undefined
  if (value !== undefined) return loadConstant(target, value, place)
  return ['auipc $0 %hi($1)', 'addi $0 $0 %lo'].map((line) => fill(line, operands, place))
}

const loadImmediate: Rule = (operands, place, circumstances) => {
  const [target, source] = operands
  if (operands.length !== 2 || source.kind !== 'expression' || source.base !== undefined) return undefined
  const value = circumstances.constant(source.expression)
  const small = value >= -0x800n && value < 0x800n
  return small
    ? [{ name: 'addi', operands: [target, named('zero', place), number(value, place)], short: ['c.li'] }]
    : loadConstant(target, value, place)
}

const special: Readonly<Record<string, Rule>> = {
  ...{ li: loadImmediate, la: loadAddress, lla: loadAddress },
  ...{ csrw: write('csrrw'), csrs: write('csrrs'), csrc: write('csrrc') },
  ...{ add: arithmetic('addi', 'c.addi c.addi4spn c.addi16sp') },
  ...Object.fromEntries(['slt', 'and', 'or', 'xor', 'sll', 'srl', 'sra'].map((name) => [name, arithmetic(`${name}i`)])),
  ...{ addw: arithmetic('addiw'), sllw: arithmetic('slliw'), srlw: arithmetic('srliw'), sraw: arithmetic('sraiw') },
  ...{ sltu: arithmetic('sltiu') },
  ...Object.fromEntries(['lb', 'lh', 'lw', 'ld', 'lbu', 'lhu', 'lwu'].map((name) => [name, load(name)])),
  ...Object.fromEntries(['sb', 'sh', 'sw', 'sd'].map((name) => [name, store(name)])),
  jr: (operands, place) => {
    if (operands.length !== 1) return undefined
    return [fill(isRegister(operands[0]) ? 'jalr zero 0($0) | c.jr' : 'jalr zero $0', operands, place)]
  },
  jalr: (operands, place) => {
    const registers = operands.map(isRegister)
    if (operands.length === 1) return [fill(registers[0] ? 'jalr ra 0($0) | c.jalr' : 'jalr ra $0', operands, place)]
    if (operands.length !== 2 || baseOf(operands[1]) !== undefined) return undefined
    return [fill(registers[1] ? 'jalr $0 0($1)' : 'jalr ra $1($0)', operands, place)]
  },
  'fence.tso': (operands) => (operands.length === 0 ? [{ bits: 0x8330000f, length: 4 }] : undefined),
  unimp: (operands, _, { rvc }) => {
    if (operands.length !== 0) return undefined
    return [rvc ? { bits: 0, length: 2 } : { bits: 0xc0001073, length: 4 }]
  },
}

/**
 * A constant in lui, addiw, slli and addi. What lui and addiw cannot make is made without its low 12 bits and the zeroes
 * above them, shifted up, and completed by addi.
 */
function loadConstant(target: Operand, value: bigint, place: Place): Expansion[] {
  const low = BigInt.asIntN(12, value)
  const high = BigInt.asIntN(64, value - low)
  if (value !== BigInt.asIntN(32, value)) {
    let shift = 12n
    while (((high >> shift) & 1n) === 0n) shift++
    return [
      ...loadConstant(target, high >> shift, place),
      { name: 'slli', operands: [target, target, number(shift, place)] },
      ...(low === 0n ? [] : [{ name: 'addi', operands: [target, target, number(low, place)] }]),
    ]
  }
  const upper = { name: 'lui', operands: [target, number((high >> 12n) & 0xfffffn, place)] }
  const source = high === 0n ? named('zero', place) : target
  const lower = { name: 'addiw', operands: [target, source, number(low, place)] }
  return [...(high === 0n ? [] : [upper]), ...(low === 0n && high !== 0n ? [] : [lower])]
}

/** A line of a template with the operands put in. */
function fill(line: string, operands: readonly Operand[], place: Place): Expansion {
  const [instruction, short] = line.split(' | ')
  const [name, ...words] = instruction.split(' ')
  return {
    name,
    operands: words.map((word) => fillWord(word, operands, place)),
    ...(short === undefined ? {} : { short: short.split(' ') }),
  }
}

function fillWord(word: string, operands: readonly Operand[], place: Place): Operand {
  const given = (text: string): Operand => operands[Number(text.slice(1))]
  const parts = /^(%hi|%lo|[^(]*)(?:\((.*)\))?$/.exec(word)
  const [, first = '', inner] = parts ?? []
  if (first === '%hi') return relocated('pcrel_hi', given(inner), place)
  const base = inner?.startsWith('$') ? nameOf(given(inner)) : inner
  if (first === '%lo') {
    const here: Expression = { kind: 'name', name: '.', place }
    const four: Expression = { kind: 'number', value: 4n, place }
    const auipc: Expression = { kind: 'binary', operator: '-', left: here, right: four, place }
    return expression({ kind: 'relocation', relocation: 'pcrel_lo', operand: auipc, place }, base)
  }
  const whole = first.startsWith('$')
    ? given(first)
    : /^-?\d/.test(first)
      ? number(BigInt(first), place)
      : named(first, place)
  return base === undefined || whole.kind !== 'expression' ? whole : { ...whole, base }
}

/** Part of the address that an operand is; anything else stays what it is, and is refused as an operand later. */
function relocated(relocation: Relocation, whole: Operand, place: Place): Operand {
  if (whole.kind !== 'expression' || whole.base !== undefined || isRegister(whole)) return whole
  return expression({ kind: 'relocation', relocation, operand: whole.expression, place: whole.place ?? place })
}

const expression = (value: Expression, base?: string): ExpressionOperand => ({
  kind: 'expression',
  expression: value,
  base,
  place: value.place,
})
const named = (name: string, place: Place): Operand => expression({ kind: 'name', name, place })
const number = (value: bigint, place: Place): Operand => expression({ kind: 'number', value, place })

const baseOf = (operand: Operand): string | undefined => (operand.kind === 'expression' ? operand.base : undefined)

function nameOf(operand: Operand): string {
  if (operand.kind === 'expression' && operand.expression.kind === 'name') return operand.expression.name
  return fail(operand.place, 'expected a register')
}

function isSymbol(operand: Operand, circumstances: Circumstances): boolean {
  if (operand.kind !== 'expression' || operand.base !== undefined || isRegister(operand)) return false
  return operand.expression.kind !== 'relocation' && circumstances.known(operand.expression) === undefined
}
