/** Steps in which what a core keeps, or does in an order of its own, meets a change of it. */

import { csrAddress, csrFamily } from '../../rtl-model/core/csr/addresses.ts'
import { MSTATUS } from '../../rtl-model/core/csr/mstatus.ts'
import { encode } from '../../rtl-model/isa/decode.ts'
import { pick } from './choice.ts'
import { type CodeBuffer, rowNamed } from './code-buffer.ts'
import { foreignEncoding } from './foreign.ts'
import { area } from './layout.ts'
import { gigapage, gigapageEntry } from './page-tables.ts'
import { hotOffset, pmpEntry } from './pmp.ts'
import * as registers from './pointers.ts'
import { SCRATCH, SCRATCH2, type View } from './pointers.ts'
import { rows } from './rows.ts'
import { writeEntry } from './setup.ts'

/** What a step is made of. */
interface Numbers {
  readonly a: number
  readonly b: number
  readonly c: number
}

type Emit = (code: CodeBuffer, numbers: Numbers, view: View) => void

const destination = (choice: number): number => pick(registers.freeRegisters, choice)
const pointerRegister = (choice: number): number => pick(registers.pointerRegisters, choice)

/** The same access before and after a change of what it depends on, without a fence between them. */
const again: Emit = (code, { a, b, c }, view) => {
  const rs1 = pointerRegister(a)
  if ((a >>> 8) % 4 !== 0) code.li(rs1, registers.pointer(view, b))
  const isLoad = (a >>> 12) % 3 !== 0
  const access = (): void => {
    if (isLoad) code.op(pick(['lb', 'lbu', 'ld'], a >>> 16), { rd: destination(a >>> 20), rs1 })
    else code.op(pick(['sb', 'sd'], a >>> 16), { rs1, rs2: a >>> 27 })
  }
  const bits = pick([MSTATUS.SUM, MSTATUS.MXR, MSTATUS.SUM | MSTATUS.MXR], c)
  const status = view.privilege === 3 ? csrAddress.mstatus : csrAddress.sstatus
  const setsStatus = view.privilege > 0 && (view.privilege < 3 || (c >>> 16) % 2 === 0)
  const set = (name: 'csrrs' | 'csrrc'): void => {
    code.li(SCRATCH, bits)
    code.op(name, { rs1: SCRATCH, immediate: status })
  }
  const isClearedFirst = (c >>> 8) % 2 === 0
  if (setsStatus) set(isClearedFirst ? 'csrrc' : 'csrrs')
  access()
  if (setsStatus) set(isClearedFirst ? 'csrrs' : 'csrrc')
  else if (view.privilege === 3) {
    const place = { entry: c, mode: c >>> 3, rights: c >>> 6, place: b, size: 5 + ((c >>> 20) % 3) * 12 }
    writeEntry(code, pmpEntry(view.base, place, [0, 1, 2, 3], false))
  } else code.op('ecall')
  access()
}

/** A store, and right behind it a load of some of its bytes. */
const overlap: Emit = (code, { a, b }) => {
  const rs1 = pointerRegister(a)
  const offset = (b % 64) - 32
  code.op(pick(['sb', 'sh', 'sw', 'sd'], a >>> 8), { rs1, rs2: a >>> 27, immediate: offset })
  const from = offset + (((b >>> 8) % 9) - 4)
  code.op(pick(['lb', 'lhu', 'lw', 'ld'], a >>> 12), { rd: destination(a >>> 16), rs1, immediate: from })
}

/** LR, an SC that fails, and another that succeeds only where the first has left the reservation. */
const conditionalTwice: Emit = (code, { a, b, c }) => {
  const size = (a & 1) === 0 ? 'w' : 'd'
  const rs1 = pointerRegister(b)
  code.op(`lr.${size}`, { rd: destination(a >>> 8), rs1 })
  code.op(`sc.${size}`, { rd: destination(b >>> 16), rs1: pointerRegister(c), rs2: b >>> 27 })
  code.op(`sc.${size}`, { rd: destination(b >>> 21), rs1, rs2: b >>> 27 })
}

/** An access to a device by a byte: whoever must not do it must not be noticed there. */
const device: Emit = (code, { a, b }) => {
  const rs1 = pointerRegister(a)
  code.li(rs1, registers.deviceAddress(b))
  code.op(pick(['lbu', 'lbu', 'lw'], a >>> 8), { rd: destination(a >>> 16), rs1 })
}

/** Two PMP entries that bound a range: empty, backward, or of some bytes; now and then behind one that allows everything. */
const bounds: Emit = (code, { a, b, c }, view) => {
  if (view.privilege !== 3) return code.op('c.nop')
  const lower = (view.base + area.data.offset + hotOffset(a)) >> 2n
  const upper = lower + BigInt(pick([0, -1, 1, 1, 2], b))
  const entry = pick([1, 2, 3], c)
  if (entry > 1 && (a >>> 28) % 2 === 0) writeEntry(code, { entry: entry - 2, address: (1n << 53n) - 1n, config: 0x1f })
  const rights = pick([0, 1, 3, 7], c >>> 8)
  writeEntry(code, { entry: entry - 1, address: lower, config: pick([0, 0, 0x0f], c >>> 16) })
  writeEntry(code, { entry, address: upper, config: 0x08 | rights | ((c >>> 20) % 4 === 0 ? 0x80 : 0) })
  code.op('sfence.vma')
  code.li(SCRATCH, (lower << 2n) & ~7n)
  code.op(pick(['ld', 'lw'], c >>> 24), { rd: SCRATCH2, rs1: SCRATCH })
}

/** An encoding that is no instruction of this core but may be one of another. */
const foreign: Emit = (code, { a, b }) => code.word(foreignEncoding(a, b, pointerRegister(b >>> 8)))

/** Leaves of the root that map the program's memory once more, one after the other, with fences that name an address. */
const remap: Emit = (code, { a, b, c }, view) => {
  if (view.privilege === 0 || !view.translated) return code.op('c.nop')
  const rs1 = pointerRegister(a)
  const { va, root } = gigapage(view.base, b)
  code.li(rs1, va)
  for (const choice of [c, c >>> 8]) {
    code.li(SCRATCH, root)
    code.li(SCRATCH2, gigapageEntry(view.base, choice))
    code.op('sd', { rs1: SCRATCH, rs2: SCRATCH2 })
    code.op('sfence.vma', { rs1: (c >>> 16) % 4 === 0 ? 0 : rs1, rs2: pick([0, 0, 10], c >>> 20) })
    code.op(pick(['ld', 'lb'], a >>> 16), { rd: destination(a >>> 20), rs1 })
  }
}

/** CSRs of delegation, interrupts and counters, written and read back. */
const machineCsr: Emit = (code, { a, b, c }, view) => {
  if (view.privilege !== 3) return code.op('c.nop')
  const csr = pick(
    [csrAddress.medeleg, csrAddress.mideleg, csrAddress.mcounteren, csrAddress.mepc, csrFamily.pmpaddr0 + (b % 16)],
    a,
  )
  code.li(SCRATCH, registers.value(c))
  code.op('csrrw', { rd: SCRATCH2, rs1: SCRATCH, immediate: csr })
  code.op('csrrw', { rd: destination(b), rs1: SCRATCH2, immediate: csr })
}

/** A misaligned access, where the core may do it, of any kind. */
const misaligned: Emit = (code, { a, b }) => {
  const row = pick([...rows.load, ...rows.store], a)
  const immediate = (b % 128) - 64
  const rs1 = pointerRegister(a >>> 8)
  const operands =
    row.semantics.kind === 'load' ? { rd: destination(b >>> 16), rs1, immediate } : { rs1, rs2: b >>> 27, immediate }
  code.instruction(rowNamed(row.name), encode(row, operands)!)
}

const kinds = [
  ...[again, again, again, overlap, conditionalTwice, device, bounds, bounds],
  ...[foreign, foreign, machineCsr, misaligned, remap],
]

/** Most bytes of an event. */
const LONGEST = 400

export function emitEvent(code: CodeBuffer, choice: number, numbers: Numbers, view: View): void {
  // What follows a segment needs room as well.
  if (code.room < LONGEST + 0x1000) code.op('c.nop')
  else pick(kinds, choice)(code, numbers, view)
}
