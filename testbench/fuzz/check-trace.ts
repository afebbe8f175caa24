/** Judges recorded traces by promises. */

import { PAGE_SIZE } from '../../monitor/abi.ts'
import { type Domain, right, rightsOf } from '../../monitor/spec/rights.ts'
import { initialState, ownerAt } from '../../monitor/spec/state.ts'
import { type RetirementBatch, recordWords } from '../../rtl-model/core/recorder.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { exceptionName } from '../../traces/spike/trap-names.ts'
import type { CommitEvent, ExceptionEvent } from '../../traces/trace-event.ts'
import { type PhysicalMemory, readWord } from '../calls/memory.ts'
import { RAM } from '../calls/places.ts'
import type { Follower, LockstepOptions } from '../compare/lockstep.ts'
import { createCsrNames } from '../csr-names.ts'
import { createDisassembler } from '../disassembly.ts'
import type { ElfFile } from '../elf/image.ts'
import type { Machine } from '../machine.ts'
import type { Listener, Visit } from '../witness/events.ts'
import { Witness } from '../witness/witness.ts'
import { together } from './player.ts'
import type { Breach, Promised } from './promise.ts'
import { Replayer } from './recorded-batch.ts'

/** One retirement, as it is shown. */
export interface CheckedLine {
  /** Number of the record, counted from 0 at reset. */
  readonly record: bigint
  readonly domain: 'monitor' | 'host' | `enclave ${number}`
  readonly pc: bigint
  readonly text: string
}

export interface TraceCheck {
  readonly trace: string
  /** What was run beside it, if anything. */
  readonly program?: string
  /** Records that were judged, traps among them. */
  readonly records: number
  /** Calls of host and enclaves that were judged. */
  readonly calls: number
  /** The first breach, with the retirement that makes it and what surrounds that. */
  readonly broken?: Breach & { readonly at?: CheckedLine; readonly context: readonly CheckedLine[] }
  /** What could not be judged, in sentences. */
  readonly limits: readonly string[]
}

/**
 * Replays a Spike log of a program through the model, as far as both agree, and judges what the model does.
 * @throws InputError as `compareWithLog` does
 */
export async function checkLog(
  elf: ElfFile,
  path: string,
  promises: readonly Promised[],
  options: Omit<LockstepOptions, 'follower'> = {},
): Promise<TraceCheck> {
  const { compareWithLog } = await import('../compare/lockstep.ts')
  const checker = new Checker(promises)
  const { divergence } = await compareWithLog(elf, path, { ...options, follower: checker })
  checker.end()
  if (divergence !== undefined && !checker.isDone)
    checker.limits.push(`From line ${divergence.at.line} on the log is not what the model does, and nothing is judged.`)
  return { trace: path, program: elf.name, ...checker.result() }
}

/**
 * Judges the records of an RVFI file that has physical addresses and trap causes, as `RvfiWriter` writes them.
 * @param elf the program, for what memory holds at reset
 * @throws InputError for a file that cannot be read or has no such fields
 */
export async function checkRvfi(path: string, promises: readonly Promised[], elf?: ElfFile): Promise<TraceCheck> {
  const { RvfiLog } = await import('../../traces/rvfi/reader.ts')
  const { csrName } = createCsrNames()
  const checked = await checkRecords(new RvfiLog(path, csrName).retirements(), promises, elf)
  const limits = [...checked.limits, 'Where instructions were fetched from is not in the trace, and was not judged.']
  return { trace: path, ...checked, limits }
}

/** Judges records, from reset on. @param elf as for `checkRvfi` */
export async function checkRecords(
  records: AsyncIterable<Retirement> | Iterable<Retirement>,
  promises: readonly Promised[],
  elf?: ElfFile,
): Promise<Omit<TraceCheck, 'trace'>> {
  const checker = new Checker(promises)
  const replayer = new Replayer((batch) => checker.retired(batch))
  checker.starts(elf === undefined ? new Map() : pagesOf(elf))
  for await (const retirement of records) {
    replayer.add(retirement)
    if (checker.isDone) break
  }
  replayer.end()
  checker.end()
  if (elf === undefined) checker.limits.push('What memory held at reset is not known, and was taken to be zero.')
  return { ...(elf && { program: elf.name }), ...checker.result() }
}

/** Retirements shown before a breach, and after it. */
const BEFORE = 8
const AFTER = 4

class Checker implements Follower {
  readonly limits: string[] = []
  readonly #witness: Witness
  readonly #listener: Listener
  readonly #breaches: Breach[] = []
  #calls = 0
  #records = 0
  /** Number of the last record. */
  #order = -1n
  #last: CheckedLine[] = []
  /** Who runs behind each visit that has ended, up to where the records are. */
  readonly #next: Domain[] = []
  #domain: Domain = 'host'
  #isInMonitor = true
  #broken: TraceCheck['broken']

  constructor(promises: readonly Promised[]) {
    const judges = promises.map(({ name, judge }) =>
      judge((breach) => {
        if (this.#broken === undefined) this.#breaches.push({ promise: name, ...breach })
      }),
    )
    const counter = {
      visited: ({ kind, after }: Visit): void => {
        if (kind === 'call') this.#calls++
        this.#next.push(after.state.running ?? 'host')
      },
    }
    this.#listener = together([...judges, counter])
    this.#witness = new Witness(RAM, this.#listener)
    const pairs = promises.filter(({ judgePair }) => judgePair !== undefined).map(({ name }) => name)
    if (pairs.length > 0) this.limits.push(`${pairs.join(', ')}: one trace says nothing of it; it takes two runs.`)
  }

  /** A program that never calls a monitor may do with its memory what it likes. */
  get isDone(): boolean {
    return this.#broken !== undefined && this.#calls > 0
  }

  begins({ core }: Machine): void {
    const { ramBase, ramBytes } = core.config
    const pages = new Map<number, Uint8Array>()
    for (let page = 0; page < Math.min(ramBytes, Number(RAM.size)) / Number(PAGE_SIZE); page++) {
      const bytes = core.bus.read(RAM.pa + BigInt(page) * PAGE_SIZE, Number(PAGE_SIZE))
      if (bytes.some((byte) => byte !== 0)) pages.set(page, bytes)
    }
    if (ramBase !== RAM.pa || ramBytes > Number(RAM.size))
      this.limits.push(`Memory beyond the first ${RAM.size >> 20n} MiB from 0x${RAM.pa.toString(16)} is not followed.`)
    this.starts(pages)
  }

  starts(pages: ReadonlyMap<number, Uint8Array>): void {
    this.#witness.restart({
      standpoint: { state: initialState(RAM), roots: new Map(), satp: 0n, given: new Map() },
      pages,
      registers: Array.from({ length: 32 }, () => 0n),
      satp: 0n,
      isReset: true,
    })
  }

  placed(registers: readonly bigint[]): void {
    this.#witness.placed(registers)
  }

  retired(batch: RetirementBatch): void {
    if (this.isDone) return
    this.#witness.observe(batch)
    this.#records += batch.length
    this.#order = batch.firstOrder + BigInt(batch.length) - 1n
    const domains = this.#domains(batch)
    const lines = (from: number, to: number): CheckedLine[] =>
      domains.slice(Math.max(0, from), to).map((domain, at) => lineOf(batch.at(Math.max(0, from) + at), domain))
    if (this.#breaches.length > 0 && this.#broken === undefined) this.#note(batch, lines)
    this.#last = [...this.#last, ...lines(batch.length - BEFORE, batch.length)].slice(-BEFORE)
  }

  /** Who made each record. */
  #domains({ region, length }: RetirementBatch): CheckedLine['domain'][] {
    return Array.from({ length }, (_, index): CheckedLine['domain'] => {
      const privilege = region.u32[index * recordWords.words + recordWords.flags] & 3
      if (privilege !== 3 && this.#isInMonitor) this.#domain = this.#next.shift() ?? this.#domain
      this.#isInMonitor = privilege === 3
      if (privilege === 1) this.#domain = 'host'
      if (privilege === 3) return 'monitor'
      return this.#domain === 'host' ? 'host' : `enclave ${this.#domain}`
    })
  }

  /** Where the model refuses what the log has done, that may be what breaks a promise. */
  diverged(event: CommitEvent | ExceptionEvent): void {
    const { domain, memory, standpoint } = this.#witness
    if (this.isDone || event.kind !== 'commit' || event.privilege === 3) return
    const order = this.#order + 1n
    const rights = rightsOf(standpoint.state, domain)
    for (const { kind, va } of event.memory) {
      const pa = placeOf(memory, this.#witness.satp, va)
      if (pa === undefined) continue
      const isOpen =
        ((rights[Number((pa - RAM.pa) / PAGE_SIZE)] ?? 0) & right[kind === 'load' ? 'read' : 'write']) !== 0
      const owner = ownerAt(standpoint.state, pa)
      if (!isOpen) this.#listener.trespassed?.({ kind, domain, pa, owner, order, pc: event.pc })
    }
    const [first] = this.#breaches
    if (first === undefined) return
    const name: CheckedLine['domain'] = domain === 'host' ? 'host' : `enclave ${domain}`
    const at = { record: order, domain: name, pc: event.pc, text: disassemble(event.instruction, event.pc) }
    this.#broken = { ...first, at, context: [...this.#last, at] }
  }

  end(): void {
    if (this.#calls === 0)
      this.limits.push('There is no call to a monitor of enclaves, so that there was nothing to judge.')
  }

  result(): Omit<TraceCheck, 'trace'> {
    return {
      records: this.#records,
      calls: this.#calls,
      limits: this.limits,
      ...(this.#broken && this.#calls > 0 && { broken: this.#broken }),
    }
  }

  #note(batch: RetirementBatch, lines: (from: number, to: number) => CheckedLine[]): void {
    const first = this.#breaches.reduce((least, breach) => (breach.order < least.order ? breach : least))
    const index = Number(first.order - batch.firstOrder)
    const here = lines(index - BEFORE, index + AFTER + 1)
    const context = [...this.#last, ...here].filter(
      ({ record }) => record >= first.order - BigInt(BEFORE) && record <= first.order + BigInt(AFTER),
    )
    const at = context.find(({ record }) => record === first.order)
    this.#broken = { ...first, ...(at && { at }), context }
  }
}

const disassemble = createDisassembler()

function lineOf({ order, pc, instruction, trap }: Retirement, domain: CheckedLine['domain']): CheckedLine {
  const text = trap?.interrupt ? exceptionName(trap.cause, true) : disassemble(instruction, pc)
  return { record: order, domain, pc, text }
}

/**
 * Where a virtual address lies by the page tables in memory; an entry that is not valid any more may still be in a TLB.
 * Undefined where they say nothing.
 */
function placeOf(memory: PhysicalMemory, satp: bigint, va: bigint): bigint | undefined {
  if (satp >> 60n === 0n) return va
  let table = BigInt.asUintN(44, satp) * PAGE_SIZE
  for (let level = 2n; level >= 0n; level--) {
    const shift = 12n + 9n * level
    const entry = readWord(memory, table + ((va >> shift) % 512n) * 8n) ?? 0n
    const target = (BigInt.asUintN(54, entry) >> 10n) * PAGE_SIZE
    if ((entry & 0xen) !== 0n) return target + (va % (1n << shift))
    if ((entry & 1n) === 0n) return undefined
    table = target
  }
  return undefined
}

/** Memory as a program's segments fill it. */
function pagesOf({ segments }: ElfFile): Map<number, Uint8Array> {
  const pages = new Map<number, Uint8Array>()
  for (const { pa, bytes } of segments) {
    for (let at = 0; at < bytes.length; ) {
      const from = Number(pa - RAM.pa) + at
      const number = Math.floor(from / PAGE)
      const page = pages.get(number) ?? new Uint8Array(PAGE)
      const part = bytes.subarray(at, at + PAGE - (from % PAGE))
      page.set(part, from % PAGE)
      pages.set(number, page)
      at += part.length
    }
  }
  return pages
}

const PAGE = Number(PAGE_SIZE)
