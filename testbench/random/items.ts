import fc from 'fast-check'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { MSTATUS } from '../../rtl-model/core/csr/mstatus.ts'
import { encode } from '../../rtl-model/isa/decode.ts'
import { another, bits32, pick, weighted, wide } from './choice.ts'
import { type CodeBuffer, rowNamed } from './code-buffer.ts'
import { readableCsr, writableCsr } from './csrs.ts'
import { emitEvent } from './events.ts'
import { USER_ALIAS } from './layout.ts'
import { satpFor } from './page-tables.ts'
import { pmpEntry, portableEntry } from './pmp.ts'
import * as registers from './pointers.ts'
import { LINK, LOOP, SCRATCH, SCRATCH2, type View } from './pointers.ts'
import { decode, encodeRandom, rows } from './rows.ts'
import { writeEntry } from './setup.ts'

/** Kinds from here on are events. */
const EVENTS = 2 ** 32

/** One step of a random program as random numbers; a kind of 0 is a nop. */
export interface Single {
  kind: number
  a: number
  b: number
  c: number
}

/** Steps that are made several times. */
export interface Loop {
  count: number
  body: Single[]
}

export type Item = Single | Loop

const single: fc.Arbitrary<Single> = fc.record({ kind: bits32, a: bits32, b: bits32, c: bits32 })

export const itemSpec: fc.Arbitrary<Item> = fc.oneof(
  { weight: 6, arbitrary: single },
  {
    weight: 1,
    arbitrary: fc.record({
      count: fc.integer({ min: 1, max: 20 }),
      body: fc.array(single, { minLength: 1, maxLength: 14, size: 'max' }),
    }),
  },
)

/** Where a step stands among its like: what its jumps may reach. */
interface Place {
  view: View
  /** Labels of the steps that follow, nearest first; never empty. */
  ahead: readonly string[]
  /** A word that no other step has, for labels of its own. */
  name: string
}

/** Returns to ra, on pages of their own, that every step can jump to. */
export const ISLANDS = 4

/** Emits the islands from `first` on, each at the start of a page where there is one left. */
export function emitIslands(code: CodeBuffer, first: number, end: number): void {
  for (let island = first; island < end; island++) {
    const page = 4096 * Math.ceil(code.length / 4096)
    if (first > 0 && page + 4 <= code.length + code.room) code.padTo(page)
    code.label(`island ${island}`)
    code.op('jalr', { rs1: LINK })
  }
}

type Emit = (code: CodeBuffer, item: Single, place: Place) => void

/** Emits a list of steps, each with a label; the label `end` follows. */
export function emitItems(code: CodeBuffer, items: readonly Item[], view: View, name: string): void {
  const labels = items.map((_, index) => `${name}.${index}`).concat(`${name}.end`)
  for (const [index, item] of items.entries()) {
    code.label(labels[index])
    if ('body' in item) {
      code.li(LOOP, BigInt(item.count))
      const body = `${name}.${index}.body`
      code.label(body)
      emitItems(code, item.body, view, body)
      code.op('addi', { rd: LOOP, rs1: LOOP, immediate: -1 })
      code.jump(rowNamed('blt'), { rs1: 0, rs2: LOOP }, body)
    } else {
      emitSingle(code, item, { view, ahead: labels.slice(index + 1), name: `${name}.${index}` })
    }
  }
  code.label(`${name}.end`)
}

function emitSingle(code: CodeBuffer, item: Single, place: Place): void {
  if (item.kind >= EVENTS) {
    emitEvent(code, item.kind - EVENTS, item, place.view)
    return
  }
  const emit = item.kind === 0 ? undefined : weighted(kinds, item.kind)
  const futile = emit !== undefined && place.view.privilege < leastPrivilege(emit) && item.c >>> 29 !== 0
  if (emit === undefined || futile) code.op('c.nop')
  else emit(code, item, place)
}

/** Whether M-mode code must not do what could make the program lose its way. */
const careful = ({ flavour, privilege }: View): boolean => flavour === 'portable' && privilege === 3

const anyDestination = (view: View, choice: number): boolean => !careful(view) && choice % 64 === 0

/** An instruction of one of `list`, or a nop. */
function emitRow(code: CodeBuffer, list: typeof rows.compute, item: Single, place: Place, addressed: boolean): void {
  const row = pick(list, item.a)
  const bits = encodeRandom(row, item.b, { anyDestination: anyDestination(place.view, item.c), addressed })
  // Many of them would take sp out of the data.
  const strays = row.name === 'c.addi16sp' && careful(place.view)
  if (bits === undefined || strays) code.op('c.nop')
  else code.instruction(row, bits)
}

const compute: Emit = (code, item, place) => emitRow(code, rows.compute, item, place, false)
const compressed: Emit = (code, item, place) => emitRow(code, rows.compressed, item, place, false)
const compressedMemory: Emit = (code, item, place) => emitRow(code, rows.compressedMemory, item, place, true)

/** A load or store with a small offset, mostly a multiple of the access size. */
const memory: Emit = (code, { a, b, c }, place) => {
  const row = pick((a & 1) === 0 ? rows.load : rows.store, a >>> 1)
  const size = 'size' in row.semantics ? row.semantics.size : 8
  const spread = c % 16 === 0 ? 2047 : 63
  const offset = ((c >>> 8) % (2 * spread)) - spread
  const immediate = (c >>> 4) % 32 === 0 ? offset : Math.trunc(offset / size) * size
  const rs1 = !careful(place.view) && (b >>> 20) % 64 === 0 ? b % 32 : pick(registers.pointerRegisters, b)
  const rd = anyDestination(place.view, b >>> 10) ? (b >>> 24) % 32 : pick(registers.freeRegisters, b >>> 8)
  const operands = row.semantics.kind === 'load' ? { rd, rs1, immediate } : { rs1, rs2: b >>> 27, immediate }
  code.instruction(row, encode(row, operands)!)
}

const amo: Emit = (code, item, place) => emitRow(code, rows.amo, item, place, true)

/** LR and SC of one address and size, with something between; now and then not quite so. */
const reserved: Emit = (code, { a, b, c }, { view }) => {
  const size = (a & 1) === 0 ? 'w' : 'd'
  const rs1 = pick(registers.pointerRegisters, b)
  const destination = (choice: number): number => pick(registers.freeRegisters, choice)
  if (a >>> 28 !== 0) code.op(`lr.${size}`, { rd: destination(b >>> 8), rs1 })
  const between = encodeRandom(pick(rows.compute, c), c, { anyDestination: false, addressed: false })
  if ((a >>> 8) % 3 === 0 && between !== undefined) code.word(between)
  const odd = (a >>> 16) % 8 === 0
  const other = { rd: destination(b >>> 16), rs1: odd ? pick(registers.pointerRegisters, c) : rs1, rs2: b >>> 27 }
  if (!odd || view.flavour === 'wild') code.op(`sc.${size}`, other)
}

/** Forward, and where that is allowed now and then into the middle of an instruction. */
function target({ view, ahead }: Place, choice: number): { label: string; extra: number } {
  const label = ahead[Math.min(choice % 6, ahead.length - 1)]
  // At the end of a loop's body is what counts its passes.
  const whole = careful(view) || label === ahead.at(-1)
  return { label, extra: !whole && (choice >>> 8) % 8 === 0 ? 2 : 0 }
}

const branch: Emit = (code, { a, b, c }, place) => {
  const row = pick(rows.branch, a)
  const { label, extra } = target(place, c)
  const compact = row.format.length === 2
  code.jump(row, { rs1: compact ? 8 + (b % 8) : b % 32, ...(compact ? {} : { rs2: (b >>> 8) % 32 }) }, label, extra)
}

const jump: Emit = (code, { a, c }, place) => {
  const { label, extra } = target(place, c)
  if ((a & 1) === 0) code.jump(rowNamed('c.j'), {}, label, extra)
  else code.jump(rowNamed('jal'), { rd: pick([0, LINK, LINK, 5, 10], a >>> 1) }, label, extra)
}

const jumpRegister: Emit = (code, { a, c }, place) => {
  const { label, extra } = target(place, c)
  const base = pick([5, 6, 7, 10, 11], a >>> 8)
  if (a % 3 === 0) {
    code.pair('addi', base, base, label, extra)
    code.op(pick(['c.jr', 'c.jalr'], a >>> 4), { rs1: base })
  } else {
    code.pair('jalr', pick([0, LINK, 5, 12], a), base, label, extra)
  }
}

/** To another page of the code and back. */
const visit: Emit = (code, { a }) => code.pair('jalr', LINK, LINK, `island ${a % ISLANDS}`)

/** To an address that is data, or nothing; the trap handler returns to what follows. */
const wildJump: Emit = (code, { b }, { view }) => {
  if (careful(view)) return code.op('c.nop')
  // What is there may have been stored.
  if (view.flavour === 'portable') code.op('fence.i')
  code.op('jalr', { rd: LINK, rs1: pick(registers.pointerRegisters, b), immediate: ((b >>> 8) % 64) - 32 })
}

const readCsr: Emit = (code, { a, b }, { view }) => {
  const csr = readableCsr(view.flavour, view.privilege, a)
  code.op(pick(['csrrs', 'csrrc', 'csrrsi', 'csrrci'], b), {
    rd: pick(registers.freeRegisters, b >>> 8),
    immediate: csr,
  })
}

const writeCsr: Emit = (code, { a, b, c }, { view }) => {
  const row = pick(rows.csr, b)
  const operands = {
    rd: pick(registers.freeRegisters, b >>> 8),
    rs1: c % 32,
    immediate: writableCsr(view.flavour, view.privilege, a),
  }
  code.instruction(row, encode(row, operands)!)
}

/** `misa`: C, A and M off or on. Restored when the next segment begins. */
const extensions: Emit = (code, { a, b }) => {
  code.li(SCRATCH, BigInt(pick([1, 4, 0x1000, 0x1005, 0x1000], a)))
  code.op(pick(['csrrc', 'csrrs', 'csrrs'], b), { rd: 0, rs1: SCRATCH, immediate: csrAddress.misa })
}

const switches = [MSTATUS.SUM, MSTATUS.MXR, MSTATUS.SPP, MSTATUS.SPIE, MSTATUS.FS, MSTATUS.SIE]
const machineSwitches = [MSTATUS.MPRV, MSTATUS.MPP, MSTATUS.TVM, MSTATUS.TW, MSTATUS.TSR, MSTATUS.MPIE, MSTATUS.MIE]

/** Some bits of `mstatus` or `sstatus`, set or cleared. */
const status: Emit = (code, { a, b, c }, { view }) => {
  const machine = view.privilege === 3 && (c & 3) !== 0
  const list = machine ? [...switches, ...machineSwitches] : switches
  // Where M-mode code must be careful its addresses are either physical or not.
  const chosen = list.filter((_, index) => (b >>> index) % 2 === 0 && !(careful(view) && list[index] === MSTATUS.MPRV))
  code.li(
    SCRATCH,
    chosen.reduce((sum, bit) => sum | bit, 0n),
  )
  const csr = machine ? csrAddress.mstatus : csrAddress.sstatus
  code.op(pick(['csrrs', 'csrrc'], a), { rd: pick(registers.freeRegisters, a >>> 8), rs1: SCRATCH, immediate: csr })
}

const setPointer: Emit = (code, { a, b }, { view }) =>
  code.li(pick(registers.pointerRegisters, a), registers.pointer(view, b))

const setValue: Emit = (code, { a, b }) => code.li(pick(registers.freeRegisters.slice(1), a), registers.value(b))

const fenceVma: Emit = (code, { a, b }) => {
  const rs1 = pick([0, 0, ...registers.pointerRegisters], b)
  code.op('sfence.vma', { rs1, rs2: pick([0, 0, 10, 11, 16], a) })
}

const fence: Emit = (code, { a }) => (a % 4 === 0 ? code.op('fence', { immediate: a >>> 20 }) : code.op('fence.i'))

const fenceAll = (code: CodeBuffer, view: View, choice: number): void => {
  if (view.flavour === 'portable' || choice % 3 === 0) code.op('sfence.vma')
}

/** Another root, address space or no translation; modes that are not there are to be ignored. */
const translation: Emit = (code, { a, b, c }, { view }) => {
  const satp = weighted(
    [
      [8, satpFor(view.base, b)],
      [2, 0n],
      [2, (BigInt(pick([1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15], b)) << 60n) | BigInt(c)],
      [view.flavour === 'wild' ? 1 : 0, (8n << 60n) | (wide(b, c) >> 4n)],
    ] as const,
    a,
  )
  code.li(SCRATCH, satp)
  code.csrw(csrAddress.satp, SCRATCH)
  fenceAll(code, view, c)
}

/** A PMP entry, and the fence that makes it count. */
const protection: Emit = (code, { a, b, c }, { view }) => {
  const spec = { entry: a, mode: a >>> 8, rights: b, place: c, size: b >>> 8 }
  const wild = view.flavour === 'wild'
  writeEntry(code, wild ? pmpEntry(view.base, spec, [0, 1, 2, 3, 5, 6], true) : portableEntry(view.base, spec))
  fenceAll(code, view, a >>> 16)
}

/** MRET or SRET to what follows, in a mode of choice. */
const trapReturn: Emit = (code, { a, c }, { view, ahead, name }) => {
  const machine = view.privilege === 3 && a % 3 !== 0
  const back = `${name}.back`
  const user = machine ? (c & 3) === 0 : (c & 1) === 0
  code.pair('addi', SCRATCH, SCRATCH, a % 8 === 0 ? ahead[0] : back)
  if (user && view.privilege !== 0 && (a >>> 8) % 8 !== 0) {
    code.li(SCRATCH2, view.translated ? USER_ALIAS : 0n)
    code.op('add', { rd: SCRATCH, rs1: SCRATCH, rs2: SCRATCH2 })
  }
  code.csrw(machine ? csrAddress.mepc : csrAddress.sepc, SCRATCH)
  code.li(SCRATCH, machine ? MSTATUS.MPP : MSTATUS.SPP)
  const csr = machine ? csrAddress.mstatus : csrAddress.sstatus
  code.op('csrrc', { rs1: SCRATCH, immediate: csr })
  const mode = machine ? BigInt(pick([0, 1, 3, 2], c)) << 11n : BigInt(Number(!user)) << 8n
  code.li(SCRATCH, mode)
  code.op('csrrs', { rs1: SCRATCH, immediate: csr })
  code.op(machine ? 'mret' : 'sret')
  code.label(back)
}

/** Bits that no row matches, or that differ in one bit from those of a row. */
const illegal: Emit = (code, { a, b, c }, { view }) => {
  const flipped = (pick(rows.compute, b).match ^ (1 << (c % 32))) >>> 0
  const bits = pick([a, flipped, a | 3, b & 0xffff, 0x1000_2073 ^ (c << 20)], c >>> 8) >>> 0
  const wide = (bits & 3) === 3
  const row = decode(wide ? bits : bits & 0xffff)?.row
  const known = row?.semantics.kind
  const bad = row !== undefined && (careful(view) || !['compute', 'load', 'amo'].includes(known!))
  if (bad || isSystem(bits)) code.half(RESERVED)
  else if (wide) code.word(bits)
  else code.half(bits)
}

/** c.jr of x0. */
const RESERVED = 0x8002

/** Among them are CSRs of triggers, which this core lacks. */
function isSystem(bits: number): boolean {
  return (bits & 0x7f) === 0x73
}

/** Replaces the instruction at a place ahead, which is a nop until then. */
const selfModify: Emit = (code, { a, b, c }, { view, name }) => {
  const row = pick(rows.compressed, b)
  const bits = encodeRandom(row, c, { anyDestination: false, addressed: false }) ?? 1
  const slot = `${name}.slot`
  code.pair('addi', SCRATCH, SCRATCH, slot)
  code.li(SCRATCH2, BigInt(bits))
  code.op('sh', { rs1: SCRATCH, rs2: SCRATCH2 })
  if (view.flavour === 'portable' || a % 3 === 0) code.op('fence.i')
  for (let nops = (a >>> 8) % 4; nops > 0; nops--) code.op('c.nop')
  code.label(slot)
  code.op('c.nop')
}

const call: Emit = (code, { a }) => code.op(pick(['ecall', 'ecall', 'ecall', 'ebreak', 'c.ebreak'], a))

const wait: Emit = (code, _, { view }) => code.op(view.flavour === 'wild' ? 'wfi' : 'c.nop')

/** Asks the CLINT for an interrupt, or pends one by software, and lets it come. */
const interrupt: Emit = (code, { a, b, c }, { view }) => {
  if (view.flavour === 'portable' || (view.privilege === 0 && c >>> 29 !== 0)) return code.op('c.nop')
  if (a % 3 === 0) {
    code.li(SCRATCH, 0x222n & BigInt(b))
    code.op(pick(['csrrs', 'csrrc', 'csrrw'], c), {
      rs1: SCRATCH,
      immediate: pick([csrAddress.mip, csrAddress.sip], b),
    })
  } else {
    code.li(SCRATCH, a % 3 === 1 ? 0x200_0000n : 0x200_4000n)
    code.li(SCRATCH2, a % 3 === 1 ? 1n : BigInt(b % 64))
    code.op(a % 3 === 1 ? 'sw' : 'sd', { rs1: SCRATCH, rs2: SCRATCH2 })
  }
  code.li(SCRATCH, 0xaaan & BigInt(c | (b >>> 8)))
  code.op('csrrs', { rs1: SCRATCH, immediate: pick([csrAddress.mie, csrAddress.mie, csrAddress.sie], c >>> 16) })
}

/** Privilege below which a step is mostly left out, because it would be no more than an illegal instruction. */
function leastPrivilege(emit: Emit): 0 | 1 | 3 {
  if (emit === protection || emit === extensions) return 3
  return [status, translation, trapReturn, fenceVma, writeCsr].includes(emit) ? 1 : 0
}

const kinds: readonly (readonly [weight: number, emit: Emit])[] = [
  [420, compute],
  [220, compressed],
  [190, memory],
  [80, compressedMemory],
  [40, amo],
  [30, reserved],
  [90, branch],
  [25, jump],
  [20, jumpRegister],
  [25, visit],
  [4, wildJump],
  [35, readCsr],
  [20, writeCsr],
  [2, extensions],
  [12, status],
  [25, setPointer],
  [15, setValue],
  [10, fenceVma],
  [8, fence],
  [10, translation],
  [8, protection],
  [8, trapReturn],
  [7, illegal],
  [6, selfModify],
  [8, call],
  [2, wait],
  [12, interrupt],
]

const ARITHMETIC = kinds.slice(0, 2).reduce((sum, [weight]) => sum + weight, 0)
const ALL = kinds.reduce((sum, [weight]) => sum + weight, 0)

/** The steps with others, some of them events, in place of most that only compute. */
export function withEvents(items: readonly Item[]): Item[] {
  const other = (step: Single): Single => {
    const computes = step.kind !== 0 && step.kind % ALL < ARITHMETIC
    if (!computes || step.a % 4 === 0) return step
    const choice = another(step.kind, 1)
    return { ...step, kind: choice % 3 === 0 ? EVENTS + (choice >>> 2) : ARITHMETIC + (choice % (ALL - ARITHMETIC)) }
  }
  return items.map((item) => ('body' in item ? { ...item, body: item.body.map(other) } : other(item)))
}
