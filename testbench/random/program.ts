import fc from 'fast-check'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { bits } from '../../rtl-model/core/csr/causes.ts'
import { MSTATUS } from '../../rtl-model/core/csr/mstatus.ts'
import { another, bits32, type Flavour, pick, weighted } from './choice.ts'
import { CodeBuffer, rowNamed } from './code-buffer.ts'
import { emitSupervisorHandler, SUPERVISOR_BUDGET } from './handler.ts'
import { emitIslands, emitItems, ISLANDS, type Item, itemSpec } from './items.ts'
import { area, CONTROL, control, END_OF_SEGMENT, HANDLER, USER_ALIAS } from './layout.ts'
import { type PteSpec, placeEntry, pteSpec, renderTables, satpFor, type TablesSpec, tablesSpec } from './page-tables.ts'
import {
  type Opened,
  openEntry,
  type PmpEntry,
  type PmpSpec,
  pmpEntry,
  pmpSpec,
  portableEntry,
  standingEntries,
} from './pmp.ts'
import { initialRegisters, SCRATCH, SCRATCH2, type View } from './pointers.ts'
import { decode, encodeRandom, rows } from './rows.ts'
import { writeEntry } from './setup.ts'

/** A stretch of a program in one mode, as random numbers. */
export interface Segment {
  mode: number
  satp: number
  status: number
  delegation: number
  registers: number
  /** Bytes before the end of a page at which it begins, so that it crosses. */
  place: number
  items: Item[]
}

/** What an environment call does, as random numbers. */
export interface Service {
  kind: number
  pte: PteSpec
  pmp: PmpSpec
}

/** A random program: numbers that `renderProgram` makes code and data of, whatever they are. */
export interface Program {
  tables: TablesSpec
  pmp: PmpSpec[]
  services: Service[]
  segments: Segment[]
  data: number
}

const segment: fc.Arbitrary<Segment> = fc.record({
  mode: bits32,
  satp: bits32,
  status: bits32,
  delegation: bits32,
  registers: bits32,
  place: bits32,
  items: fc.array(itemSpec, { minLength: 0, maxLength: 90, size: 'max' }),
})

export const program: fc.Arbitrary<Program> = fc.record({
  tables: tablesSpec,
  pmp: fc.array(pmpSpec, { maxLength: 6, size: 'max' }),
  services: fc.array(fc.record({ kind: bits32, pte: pteSpec, pmp: pmpSpec }), { maxLength: 8, size: 'max' }),
  segments: fc.array(segment, { minLength: 1, maxLength: 8, size: 'max' }),
  data: bits32,
})

/** What a program is made for. */
export interface Surroundings {
  flavour: Flavour
  base: bigint
  ramBytes: number
  /** Number of the program in its batch. */
  index: number
  /** PMP entries of the core. */
  pmpEntries: number
  /** What the lowest PMP entry of a wild program opens; everything where nothing is said. */
  open?: Opened
  /** In the trap handler, where what follows the trapped instruction is found. */
  skip: bigint
  /** Where to go on when the program has ended. */
  after: bigint
}

/** Bytes of memory, and where they go. */
export interface Placed {
  pa: bigint
  bytes: Uint8Array
}

/** A program as memory: it starts at its setup area. */
export function renderProgram(program: Program, surroundings: Surroundings): Placed[] {
  const { base, ramBytes } = surroundings
  const code = new CodeBuffer(base + area.code.offset, Number(area.code.size))
  emitSupervisorHandler(code, ramBytes)
  emitIslands(code, 0, 1)
  const stretches = program.segments.map((segment, index) => emitSegment(code, segment, index, surroundings))
  emitIslands(code, 1, ISLANDS)
  const setup = new CodeBuffer(base + area.setup.offset, Number(area.setup.size))
  emitSetup(setup, program, stretches, surroundings)
  return [
    { pa: code.base, bytes: code.bytes() },
    { pa: setup.base, bytes: setup.bytes() },
    { pa: base + area.tables.offset, bytes: renderTables(base, program.tables) },
    { pa: base + area.data.offset, bytes: renderData(program.data) },
  ]
}

/** A segment with what is known of it before it runs. */
interface Stretch {
  segment: Segment
  view: View
  satp: bigint
  mstatus: bigint
  entry: bigint
}

const switches = [MSTATUS.SUM, MSTATUS.MXR, MSTATUS.TVM, MSTATUS.TW, MSTATUS.TSR, MSTATUS.FS, MSTATUS.SPP]
const others = [MSTATUS.SPIE, MSTATUS.MPIE, MSTATUS.SIE]
/** Bits that make traps of what S-mode does, and so are seldom set. */
const trapping = [MSTATUS.TVM, MSTATUS.TW, MSTATUS.TSR]

function emitSegment(code: CodeBuffer, segment: Segment, index: number, surroundings: Surroundings): Stretch {
  const { base, ramBytes, flavour } = surroundings
  const privilege = weighted(
    [
      [3, 1],
      [3, 0],
      [1, 3],
    ] as const,
    segment.mode,
  )
  const satp = segment.satp % 4 === 0 ? 0n : satpFor(base, segment.satp >>> 2)
  const mprv = privilege === 3 && segment.status >>> 30 === 0
  const list = [...switches, ...others]
  let mstatus = list.reduce((sum, bit, at) => ((segment.status >>> (2 * at)) % 4 === 0 ? sum | bit : sum), 0n)
  if ((segment.status >>> 24) % 2 === 0) mstatus |= MSTATUS.SUM
  if ((segment.status >>> 20) % 3 !== 0) mstatus &= ~trapping.reduce((sum, bit) => sum | bit)
  if (flavour === 'wild' && (segment.status >>> 26) % 4 === 0) mstatus |= MSTATUS.MIE
  const checkedAs = mprv ? pick([0, 1] as const, segment.status >>> 28) : privilege
  mstatus |= BigInt(privilege === 3 && !mprv ? pick([0, 1, 3], segment.status >>> 28) : checkedAs) << 11n
  if (mprv) mstatus |= MSTATUS.MPRV
  const machine = checkedAs === 3
  const translated = !machine && satp !== 0n
  // Code in M-mode sees data as the mode does whose rights it has.
  const view: View = { base, ramBytes, flavour, privilege, translated, machine }
  placeStart(code, segment)
  const start = code.pc
  emitItems(code, segment.items, view, `segment ${index}`)
  code.label(`stop ${index}`)
  code.li(SCRATCH, BigInt(END_OF_SEGMENT))
  code.op('ecall')
  code.jump(rowNamed('jal'), { rd: 0 }, `stop ${index}`)
  const entry = privilege === 0 && satp !== 0n ? start + USER_ALIAS : start
  return { segment, view, satp, mstatus, entry }
}

/** Moves on to just before the end of a page, where there is room enough. */
function placeStart(code: CodeBuffer, { place }: Segment): void {
  code.align(4)
  if (place % 2 === 0) return
  const offset = 4096 * Math.ceil(code.length / 4096) - 2 * (((place >>> 8) % 128) + 1)
  if (offset > code.length && code.room > 0x4000) code.padTo(offset)
}

/** Traps that a segment may take before it is given up. */
const TRAPS_OF_A_SEGMENT = 60n

const ALL_CSRS_OF_A_SEGMENT = [
  csrAddress.misa,
  csrAddress.mtvec,
  csrAddress.medeleg,
  csrAddress.mideleg,
  csrAddress.mie,
  csrAddress.mip,
  csrAddress.mcounteren,
  csrAddress.scounteren,
  csrAddress.stvec,
  csrAddress.sscratch,
  csrAddress.satp,
  csrAddress.mepc,
]

function csrsOf({ segment, satp, entry }: Stretch, { base, flavour }: Surroundings): bigint[] {
  const wild = flavour === 'wild'
  const { delegation } = segment
  const exceptions = delegation % 3 === 0 ? 0n : BigInt(another(delegation, 1)) & 0xfffffn
  const fetch = bits(1, 12)
  const medeleg = delegation >>> 28 <= (wild ? 1 : 0) ? exceptions : exceptions & ~fetch
  return [
    0x1005n,
    HANDLER | BigInt(delegation & 1),
    medeleg & ~bits(9),
    wild ? BigInt(another(delegation, 2)) : BigInt(another(delegation, 2)) & 0x222n,
    wild ? BigInt(another(delegation, 3)) : 0n,
    // In portable programs pending, and never taken.
    (delegation >>> 6) % (wild ? 4 : 2) === 0 ? BigInt(another(delegation, 6)) : 0n,
    delegation % 4 === 0 ? BigInt(another(delegation, 4)) : 7n,
    (delegation >>> 4) % 4 === 0 ? BigInt(another(delegation, 5)) : 7n,
    (base + area.code.offset) | BigInt((delegation >>> 1) & 1),
    SUPERVISOR_BUDGET,
    satp,
    entry,
  ]
}

/** The M-mode code that begins a program, that comes before each segment, and that environment calls do. */
function emitSetup(
  code: CodeBuffer,
  program: Program,
  stretches: readonly Stretch[],
  surroundings: Surroundings,
): void {
  emitStart(code, program, surroundings)
  for (const [index, stretch] of stretches.entries())
    emitSegmentSetup(code, stretch, index, stretches.length, surroundings)
  for (const [index, service] of program.services.entries()) emitService(code, service, index, surroundings)
  code.label(`service ${program.services.length}`)
  toAddress(code, surroundings.skip)
  code.label(`setup ${stretches.length}`)
  toAddress(code, surroundings.after)
}

function toAddress(code: CodeBuffer, address: bigint): void {
  code.address(SCRATCH, address)
  code.op('jalr', { rs1: SCRATCH })
}

function storeLabel(code: CodeBuffer, label: string, offset: number): void {
  code.pair('addi', SCRATCH, SCRATCH, label)
  code.op('sd', { rs1: SCRATCH2, rs2: SCRATCH, immediate: offset })
}

function emitStart(code: CodeBuffer, program: Program, surroundings: Surroundings): void {
  const { flavour, base, index, pmpEntries, open = 'everything' } = surroundings
  code.address(SCRATCH2, CONTROL)
  code.li(SCRATCH, BigInt(index))
  code.op('sd', { rs1: SCRATCH2, rs2: SCRATCH, immediate: control.program })
  code.li(SCRATCH, 1000n)
  code.op('sd', { rs1: SCRATCH2, rs2: SCRATCH, immediate: control.budget })
  storeLabel(code, 'service 0', control.service)
  code.op('csrrci', { rs1: 31, immediate: csrAddress.mcountinhibit })
  if (flavour === 'portable') {
    for (const entry of standingEntries(base)) writeEntry(code, entry)
    const random = program.pmp.map((spec) => portableEntry(base, spec))
    for (const entry of distinct(random)) writeEntry(code, entry)
    writeEntry(code, openEntry(15))
  } else if (pmpEntries > 0) {
    if (open !== 'nothing') writeEntry(code, openEntry(pmpEntries - 1, open))
    const usable = [0, 1, 2, 3, 5, 6]
    for (const entry of distinct(program.pmp.map((spec) => pmpEntry(base, spec, usable, true)))) writeEntry(code, entry)
  }
  code.op('sfence.vma')
  code.op('fence.i')
}

/** Of entries with the same number, the last. */
function distinct(entries: readonly PmpEntry[]): PmpEntry[] {
  return [...new Map(entries.map((entry) => [entry.entry, entry])).values()]
}

function emitSegmentSetup(
  code: CodeBuffer,
  stretch: Stretch,
  index: number,
  count: number,
  surroundings: Surroundings,
): void {
  const { segment, view, mstatus, entry } = stretch
  const last = index === count - 1
  code.label(`setup ${index}`)
  // Whatever the segment before it left in force; only then may memory be read as it is.
  code.li(SCRATCH, MSTATUS.MPRV)
  code.op('csrrc', { rs1: SCRATCH, immediate: csrAddress.mstatus })
  code.address(SCRATCH2, CONTROL)
  storeLabel(code, last ? `setup ${count}` : `setup ${index + 1}`, control.next)
  code.li(SCRATCH, TRAPS_OF_A_SEGMENT)
  code.op('sd', { rs1: SCRATCH2, rs2: SCRATCH, immediate: control.budget })
  code.pair('addi', SCRATCH2, SCRATCH2, `values ${index}`)
  const csrs = csrsOf(stretch, surroundings)
  for (const [at, csr] of ALL_CSRS_OF_A_SEGMENT.entries()) {
    code.op('ld', { rd: SCRATCH, rs1: SCRATCH2, immediate: at * 8 })
    code.csrw(csr, SCRATCH)
  }
  code.op('sfence.vma')
  const values = [...csrs, ...initialRegisters(view, segment.registers)]
  for (let rd = 1; rd < 30; rd++) code.op('ld', { rd, rs1: SCRATCH2, immediate: (csrs.length + rd) * 8 })
  if (view.privilege === 3) code.address(SCRATCH2, entry)
  code.li(SCRATCH, mstatus)
  code.csrw(csrAddress.mstatus, SCRATCH)
  if (view.privilege === 3) code.op('jalr', { rs1: SCRATCH2 })
  else code.op('mret')
  code.align(8)
  code.label(`values ${index}`)
  for (const value of values) code.double(value)
}

/** One change that M-mode makes for the others, and a fence. In wild programs now and then without the fence. */
function emitService(code: CodeBuffer, { kind, pte, pmp }: Service, index: number, surroundings: Surroundings): void {
  const { base, flavour } = surroundings
  code.label(`service ${index}`)
  code.address(SCRATCH2, CONTROL)
  storeLabel(code, `service ${index + 1}`, control.service)
  const wild = flavour === 'wild'
  const change = kind % 8
  if (change < 3) {
    const { pa, value } = placeEntry(base, pte)
    code.li(SCRATCH2, pa)
    code.li(SCRATCH, value)
    code.op('sd', { rs1: SCRATCH2, rs2: SCRATCH })
  } else if (change < 5) {
    writeEntry(code, wild ? pmpEntry(base, pmp, [0, 1, 2, 3], true) : portableEntry(base, pmp))
  } else if (change === 5) {
    code.li(SCRATCH, satpFor(base, kind >>> 8))
    code.csrw(csrAddress.satp, SCRATCH)
  } else if (change === 6) {
    const chosen = switches.filter((_, at) => ((kind >>> at) & 0x100) !== 0)
    code.li(
      SCRATCH,
      chosen.reduce((sum, bit) => sum | bit, 0n),
    )
    code.op(pick(['csrrs', 'csrrc'], kind >>> 16), { rs1: SCRATCH, immediate: csrAddress.mstatus })
  } else {
    emitPatch(code, kind, surroundings)
  }
  if (!wild || (kind >>> 8) % 3 === 0) code.op('sfence.vma')
  toAddress(code, surroundings.skip)
}

/** Replaces two bytes of the code, past the supervisor handler, by a compressed instruction. */
function emitPatch(code: CodeBuffer, kind: number, { base, flavour }: Surroundings): void {
  const row = pick(rows.compressed, kind >>> 8)
  const bits = encodeRandom(row, another(kind, 1), { anyDestination: false, addressed: false }) ?? 1
  code.li(SCRATCH2, base + area.code.offset + 0x200n + BigInt((another(kind, 2) % 0x3000) & ~1))
  code.li(SCRATCH, BigInt(bits))
  code.op('sh', { rs1: SCRATCH2, rs2: SCRATCH })
  if (flavour === 'portable' || kind >>> 31 === 0) code.op('fence.i')
}

const changing = new Set<string>(['store', 'amo', 'system'])
const changesMemory = (bits: number): boolean => changing.has(decode(bits)?.row.semantics.kind ?? '')

/** What data pages hold: numbers of any kind, among them instructions, so that a jump to them finds some. */
function renderData(seed: number): Uint8Array {
  const words = new Uint32Array(Number(area.data.size) / 4)
  for (let at = 0; at < words.length; at++) {
    const random = another(seed, at)
    words[at] = pick(
      [random, pick(rows.compute, random >>> 3).match | (random & 0x1f8f80), 0x0001_0001, 0x8082_0001],
      random,
    )
    // None that would change what runs: there is no fence behind it.
    const word = words[at]
    if (changesMemory(word) || changesMemory(word & 0xffff) || changesMemory(word >>> 16)) words[at] = 0x0001_0001
  }
  return new Uint8Array(words.buffer)
}
