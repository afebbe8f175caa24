import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import type { ElfFile } from '../elf/image.ts'
import { writeElf } from '../elf/write.ts'
import type { Flavour } from './choice.ts'
import { CodeBuffer } from './code-buffer.ts'
import { machineHandler } from './handler.ts'
import { area, COMMON, FROMHOST, HANDLER, programBase, ramBytesFor, TOHOST } from './layout.ts'
import { commonEntry, type Opened, type PmpSpec } from './pmp.ts'
import { SCRATCH, SCRATCH2 } from './pointers.ts'
import { type Placed, type Program, renderProgram } from './program.ts'
import { writeEntry } from './setup.ts'

/** Programs that run one after the other in one machine. */
export interface Batch {
  flavour: Flavour
  programs: readonly Program[]
  /** PMP entries that are locked from the start; for portable programs. */
  locked: readonly PmpSpec[]
  /** PMP entries of the core. */
  pmpEntries: number
  /** What the lowest PMP entry of wild programs opens; everything where nothing is said. */
  open?: Opened
}

/** Where the batch begins and ends, after the handler. */
const START = HANDLER + 0x800n

/** The batch as memory. The hart begins at `entry`. */
export function renderBatch(batch: Batch): { entry: bigint; placed: Placed[]; ramBytes: number } {
  const { flavour, programs, locked, pmpEntries, open = 'everything' } = batch
  const ramBytes = ramBytesFor(programs.length)
  const handler = machineHandler(ramBytes)
  const start = new CodeBuffer(START, 0x800)
  start.address(SCRATCH, HANDLER)
  start.csrw(csrAddress.mtvec, SCRATCH)
  if (flavour === 'portable') {
    // No timer interrupt is ever pending.
    start.li(SCRATCH, 0x200_4000n)
    start.li(SCRATCH2, -1n)
    start.op('sd', { rs1: SCRATCH, rs2: SCRATCH2 })
    for (const spec of locked) writeEntry(start, commonEntry(spec))
  }
  start.address(SCRATCH, programBase(0) + area.setup.offset)
  start.op('jalr', { rs1: SCRATCH })
  const end = start.pc
  start.address(SCRATCH, TOHOST)
  start.op('addi', { rd: SCRATCH2, immediate: 1 })
  start.op('sd', { rs1: SCRATCH, rs2: SCRATCH2 })
  start.op('jal', { rd: 0, immediate: 0 })

  const placed = [
    { pa: HANDLER, bytes: handler.bytes },
    { pa: START, bytes: start.bytes() },
  ]
  for (const [index, program] of programs.entries()) {
    const after = index + 1 < programs.length ? programBase(index + 1) + area.setup.offset : end
    const base = programBase(index)
    const surroundings = { flavour, base, ramBytes, index, pmpEntries, open, skip: handler.skip, after }
    placed.push(...renderProgram(program, surroundings))
  }
  return { entry: START, placed, ramBytes }
}

const symbols = [
  { name: 'tohost', address: TOHOST, size: 8n, kind: 'object' as const },
  { name: 'fromhost', address: FROMHOST, size: 8n, kind: 'object' as const },
]

/** An executable without programs: what a machine is built with before programs are put into its memory. */
export const emptyElf: ElfFile = { name: 'random programs', entry: START, segments: [], symbols }

/** The batch as an executable. */
export function batchElf(batch: Batch): Uint8Array {
  const { entry, placed } = renderBatch(batch)
  const segment = ({ pa, bytes }: Placed) => ({ pa, va: pa, bytes, memoryBytes: BigInt(bytes.length), flags: 7 })
  const tohost = { pa: TOHOST, bytes: new Uint8Array(128) }
  const zone = { pa: COMMON, bytes: new Uint8Array(8) }
  return writeElf({ entry, segments: [...placed, tohost, zone].map(segment), symbols })
}
