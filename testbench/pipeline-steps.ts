import type { Core } from '../rtl-model/core/core.ts'
import type { MemoryAccess, Retirement } from '../rtl-model/core/retirement.ts'
import type { AccessKind } from '../rtl-model/memory/access.ts'
import { createMmu, type Mmu } from '../rtl-model/memory/mmu.ts'
import { createWalker } from '../rtl-model/memory/walker.ts'
import type { PipelineStep } from '../traces/pipeline-step.ts'
import { exceptionName } from '../traces/spike/trap-names.ts'
import { createDisassembler, withTarget } from './disassembly.ts'
import { type ElfFile, symbolAt } from './elf/image.ts'

const MCYCLE = 0xb00
const MPRV = 1n << 17n
const MACHINE = 3

/** What an access was for, by the exception that it ended in. */
const faultKinds = new Map<number, AccessKind>([
  [1, 'fetch'],
  [5, 'load'],
  [7, 'store'],
  [12, 'fetch'],
  [13, 'load'],
  [15, 'store'],
])

/**
 * From now on, tells `sink` of each record with its way through the pipeline. TLBs and PMP are looked at when the record is
 * handed out, so that their verdicts are right only where the machine runs a step at a time.
 * @param core one with timing
 */
export function observePipeline(core: Core, elf: ElfFile, sink: (step: PipelineStep) => void): void {
  const { timing, recorder, csr, pmp, itlb, dtlb, config, bus } = core
  if (timing === undefined || recorder === undefined) throw new RangeError('the core has no timing')
  const times = timing.traceStages()
  // A walker of its own: what is looked up here is not counted as done by the program.
  const readPte = (pa: bigint) => (bus.memoryOffset(pa, 8) < 0 ? undefined : bus.load(pa, 8))
  const mmu = createMmu({ pmp, itlb, dtlb, config, walker: createWalker({ pmp, readPte }) })
  const disassemble = createDisassembler()
  recorder.observers.push((batch) => {
    for (let index = 0; index < batch.length; index++) {
      const retirement = batch.at(index)
      sink({
        retirement,
        times: times[index],
        label: labelOf(retirement, elf, disassemble),
        notes: retirement.trap ? trapNotes(core, mmu, retirement) : accessNotes(core, mmu, retirement),
        mcycle: csr.read(MCYCLE, MACHINE) ?? 0n,
      })
    }
  })
}

function labelOf({ pc, instruction, trap }: Retirement, elf: ElfFile, text: (bits: number, pc: bigint) => string) {
  const symbol = symbolAt(elf, pc)
  const place = symbol === undefined ? '' : ` <${symbol.name}+0x${symbol.offset.toString(16)}>`
  const nothing = trap?.interrupt ? exceptionName(trap.cause, true) : '(nothing fetched)'
  const assembly = instruction === 0 && trap !== undefined ? nothing : withTarget(elf, text(instruction, pc))
  return `${pc.toString(16).padStart(8, '0')}${place}: ${assembly}`
}

function accessNotes(core: Core, mmu: Mmu, { memory }: Retirement): string[] {
  return memory.flatMap((access) => {
    const [, ...found] = mmu.explain(access.va, access.kind, core.dataContext())
    const isKept =
      core.config.pmpVerdictCached && found.some((line) => /^DTLB entry.*PMP [r-][w-][x-]$/.test(stem(line)))
    const lines = found.filter((line) => !line.startsWith('walk') && !(isKept && line.startsWith('PMP'))).map(brief)
    return [accessText(access), ...lines]
  })
}

/** A line on PMP without the access that it is on. */
const brief = (line: string): string => line.replace(/: \w+ of 1 B at \S+ by ([MSU]) (\w+)$/, ': $2 to $1')

/** A line of `Mmu.explain` without its verdict on permissions. */
const stem = (line: string): string => line.replace(/: (permitted|page fault)$/, '')

function accessText({ kind, va, pa, size, value }: MemoryAccess): string {
  const place = va === pa ? `at ${hex(va)}` : `at va ${hex(va)}, pa ${hex(pa)}`
  return `${kind} of ${size} B ${place}: ${hex(value)}`
}

function trapNotes(core: Core, mmu: Mmu, { trap, privilege }: Retirement): string[] {
  if (trap === undefined) return []
  const title = `trap: ${exceptionName(trap.cause, trap.interrupt)}, tval ${hex(trap.tval)}`
  const kind = trap.interrupt ? undefined : faultKinds.get(trap.cause)
  const { mstatus, satp } = core.csr
  // With MPRV, the privilege of the access is gone with the trap.
  const isModified = privilege === MACHINE && (mstatus & MPRV) !== 0n && kind !== 'fetch'
  if (kind === undefined || isModified) return [title]
  const context = { privilege, sum: ((mstatus >> 18n) & 1n) === 1n, mxr: ((mstatus >> 19n) & 1n) === 1n, satp }
  return [title, ...mmu.explain(trap.tval, kind, context).slice(1).map(brief)]
}

const hex = (value: bigint): string => `0x${value.toString(16)}`
