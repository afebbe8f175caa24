/**
 * A small encoder of WebAssembly's binary format (core specification, chapter 5): just what generated code of the model needs.
 *
 * Code is a tree. An expression is the code that leaves one value; a statement leaves none. Branches name their block as an
 * object, and get their depth when the tree is written out.
 */
export type Code = number | readonly Code[] | Branch | BranchTable | Block

interface Branch {
  readonly kind: 'branch'
  readonly opcode: number
  readonly target: Label
}
interface BranchTable {
  readonly kind: 'table'
  readonly targets: readonly Label[]
  readonly otherwise: Label
}
interface Block {
  readonly kind: 'block'
  readonly opcode: number
  readonly type: number
  readonly label: Label
  readonly body: Code
}
/** Identity of a block or loop. */
export interface Label {
  readonly name: string
}
export const label = (name: string): Label => ({ name })

export const valueTypes = { i32: 0x7f, i64: 0x7e } as const
export type ValueType = keyof typeof valueTypes

/** Unsigned LEB128 (5.2.2). */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  do {
    const byte = rest % 128
    rest = Math.floor(rest / 128)
    bytes.push(rest === 0 ? byte : byte | 128)
  } while (rest !== 0)
  return bytes
}

/** Signed LEB128 (5.2.2). */
export function signed(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  for (;;) {
    const byte = Number(rest & 127n)
    rest >>= 7n
    if (rest === (byte & 64 ? -1n : 0n)) return [...bytes, byte]
    bytes.push(byte | 128)
  }
}

const unary = (opcode: number) => (a: Code) => [a, opcode]
const binary = (opcode: number) => (a: Code, b: Code) => [a, b, opcode]
const loadOp =
  (opcode: number) =>
  (address: Code, offset = 0) => [address, opcode, 0, unsigned(offset)]
const storeOp = (opcode: number) => (address: Code, offset: number, value: Code) => [
  address,
  value,
  opcode,
  0,
  unsigned(offset),
]

/** Instructions on 32-bit values (5.4.6, 5.4.7). */
export const i32 = {
  const: (value: number): Code => [0x41, signed(BigInt(value | 0))],
  load: loadOp(0x28),
  store: storeOp(0x36),
  eqz: unary(0x45),
  eq: binary(0x46),
  ne: binary(0x47),
  gtS: binary(0x4a),
  geS: binary(0x4e),
  clz: unary(0x67),
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  divU: binary(0x6e),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  shl: binary(0x74),
  shrS: binary(0x75),
  shrU: binary(0x76),
  wrap: unary(0xa7),
} as const

/** Instructions on 64-bit values. */
export const i64 = {
  const: (value: bigint): Code => [0x42, signed(BigInt.asIntN(64, value))],
  load: loadOp(0x29),
  load8S: loadOp(0x30),
  load8U: loadOp(0x31),
  load16S: loadOp(0x32),
  load16U: loadOp(0x33),
  load32S: loadOp(0x34),
  load32U: loadOp(0x35),
  store: storeOp(0x37),
  store8: storeOp(0x3c),
  store16: storeOp(0x3d),
  store32: storeOp(0x3e),
  eqz: unary(0x50),
  eq: binary(0x51),
  ne: binary(0x52),
  ltS: binary(0x53),
  ltU: binary(0x54),
  geS: binary(0x59),
  geU: binary(0x5a),
  add: binary(0x7c),
  sub: binary(0x7d),
  mul: binary(0x7e),
  divS: binary(0x7f),
  divU: binary(0x80),
  remS: binary(0x81),
  remU: binary(0x82),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shrS: binary(0x87),
  shrU: binary(0x88),
  extendS: unary(0xac),
  extendU: unary(0xad),
  extend32S: unary(0xc4),
} as const

const EMPTY = 0x40
export const block = (name: Label, body: Code): Code => ({
  kind: 'block',
  opcode: 0x02,
  type: EMPTY,
  label: name,
  body,
})
export const loop = (name: Label, body: Code): Code => ({ kind: 'block', opcode: 0x03, type: EMPTY, label: name, body })
const anonymous = label('if')
export const when = (condition: Code, then: Code): Code => [
  condition,
  { kind: 'block', opcode: 0x04, type: EMPTY, label: anonymous, body: then },
]
/** One of two statements. */
export const whenElse = (condition: Code, then: Code, otherwise: Code): Code => [
  condition,
  { kind: 'block', opcode: 0x04, type: EMPTY, label: anonymous, body: [then, 0x05, otherwise] },
]
/** A conditional value of the given type, of which only the chosen side is evaluated. */
export const choose = (type: ValueType, condition: Code, a: Code, b: Code): Code => [
  condition,
  { kind: 'block', opcode: 0x04, type: valueTypes[type], label: anonymous, body: [a, 0x05, b] },
]
/** `a` where the condition is not 0, otherwise `b`; both are evaluated. */
export const select = (condition: Code, a: Code, b: Code): Code => [a, b, condition, 0x1b]
export const br = (target: Label): Code => ({ kind: 'branch', opcode: 0x0c, target })
export const brIf = (target: Label, condition: Code): Code => [condition, { kind: 'branch', opcode: 0x0d, target }]
export const brTable = (index: Code, targets: readonly Label[], otherwise: Label): Code => [
  index,
  { kind: 'table', targets, otherwise },
]
export const exit: Code = 0x0f
export const call = (fn: number, ...args: Code[]): Code => [args, 0x10, unsigned(fn)]

/** A local variable. */
export interface Local {
  readonly get: Code
  set(value: Code): Code
  tee(value: Code): Code
}
const local = (index: number): Local => ({
  get: [0x20, unsigned(index)],
  set: (value) => [value, 0x21, unsigned(index)],
  tee: (value) => [value, 0x22, unsigned(index)],
})

export interface FunctionType {
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
}

/** A module with one imported memory (`env.memory`, of any size), imported functions (`env.NAME`), and functions of its own. */
export class ModuleBuilder {
  readonly #types: FunctionType[] = []
  readonly #imports: { name: string; type: FunctionType }[] = []
  readonly #functions: { name: string; type: FunctionType; locals: ValueType[]; body: Code }[] = []
  /** Declares an import and returns its index. All imports come before the first function. */
  import(name: string, type: FunctionType): number {
    this.#imports.push({ name, type })
    return this.#imports.length - 1
  }

  /** Adds an exported function and returns its index. `build` gets a maker of locals, whose first ones are the parameters. */
  function(
    name: string,
    type: FunctionType,
    build: (parameters: Local[], variable: (type: ValueType) => Local) => Code,
  ): number {
    const locals: ValueType[] = []
    const variable = (valueType: ValueType): Local => {
      locals.push(valueType)
      return local(type.parameters.length + locals.length - 1)
    }
    const body = build(
      type.parameters.map((_, index) => local(index)),
      variable,
    )
    this.#functions.push({ name, type, locals, body })
    return this.#imports.length + this.#functions.length - 1
  }

  /** The module's bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    const importSection = this.#imports.map(({ name, type }) => [
      text('env'),
      text(name),
      0x00,
      unsigned(this.#typeIndex(type)),
    ])
    const memory: Code = [text('env'), text('memory'), 0x02, 0x00, unsigned(1)]
    const functionSection = this.#functions.map(({ type }) => unsigned(this.#typeIndex(type)))
    const exportSection = this.#functions.map(({ name }, index) => [
      text(name),
      0x00,
      unsigned(this.#imports.length + index),
    ])
    const codeSection = this.#functions.map(({ locals, body }) => {
      const bytes: number[] = []
      writeCode([vector(locals.map((type) => [1, valueTypes[type]])), body, 0x0b], bytes, [])
      return [unsigned(bytes.length), bytes]
    })
    const typeSection = this.#types.map(({ parameters, results }) => [
      0x60,
      vector(parameters.map((type) => valueTypes[type])),
      vector(results.map((type) => valueTypes[type])),
    ])
    const bytes: number[] = []
    const sections = [
      section(1, typeSection),
      section(2, [memory, ...importSection]),
      section(3, functionSection),
      section(7, exportSection),
      section(10, codeSection),
    ]
    writeCode([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, sections], bytes, [])
    return new Uint8Array(bytes)
  }

  #typeIndex(type: FunctionType): number {
    const key = JSON.stringify(type)
    const found = this.#types.findIndex((known) => JSON.stringify(known) === key)
    return found >= 0 ? found : this.#types.push(type) - 1
  }
}

const vector = (items: readonly Code[]): Code => [unsigned(items.length), items]
const text = (name: string): Code => vector([...new TextEncoder().encode(name)])

function section(id: number, items: readonly Code[]): Code {
  const bytes: number[] = []
  writeCode(vector(items), bytes, [])
  return [id, unsigned(bytes.length), bytes]
}

/** Writes a tree out; `labels` are the blocks around it, outermost first. */
function writeCode(code: Code, out: number[], labels: Label[]): void {
  if (typeof code === 'number') {
    out.push(code)
  } else if (Array.isArray(code)) {
    for (const part of code) writeCode(part, out, labels)
  } else {
    writeControl(code as Branch | BranchTable | Block, out, labels)
  }
}

function writeControl(code: Branch | BranchTable | Block, out: number[], labels: Label[]): void {
  const depth = (target: Label): number[] => {
    const index = labels.lastIndexOf(target)
    if (index < 0) throw new RangeError(`no block ${target.name} around the branch`)
    return unsigned(labels.length - 1 - index)
  }
  switch (code.kind) {
    case 'branch':
      out.push(code.opcode, ...depth(code.target))
      break
    case 'table':
      out.push(0x0e, ...unsigned(code.targets.length))
      for (const target of code.targets) out.push(...depth(target))
      out.push(...depth(code.otherwise))
      break
    case 'block':
      out.push(code.opcode, code.type)
      writeCode(code.body, out, [...labels, code.label])
      out.push(0x0b)
      break
  }
}
