import { type RetirementBatch, recordFlags, recordLayout } from '../../rtl-model/core/recorder.ts'
import type { Retirement } from '../../rtl-model/core/retirement.ts'
import { type CommitBatch, writesPerRow } from '../../traces/spike/commit-batch.ts'
import type { CommitEvent } from '../../traces/trace-event.ts'
import type { MaskId } from './masks.ts'

/** One field in which the model and the log differ; as text, undefined where one of them has nothing. */
export interface FieldDifference {
  field: string
  model: string | undefined
  log: string | undefined
}

/** Whether a record of the ring is exactly what a row of the log says. Numbers only: this is done for every instruction. */
export function rowMatches(batch: RetirementBatch, index: number, log: CommitBatch, row: number): boolean {
  const { u32 } = batch.region
  const at = (index * recordLayout.bytes) / 4
  const flags = u32[at + recordLayout.flags / 4]
  const bits = u32[at + recordLayout.instruction / 4]
  if (u32[at] !== log.pcLow[row] || u32[at + 1] !== log.pcHigh[row]) return false
  if (((bits & 3) === 3 ? bits : bits & 0xffff) !== log.instruction[row]) return false
  if ((flags & 3) !== log.privilege[row]) return false

  const rd = (flags >>> recordFlags.rdShift) & 31
  const first = row * writesPerRow
  if (log.registerCount[row] !== (rd === 0 ? 0 : 1)) return false
  if (rd !== 0) {
    if (log.register[first] !== rd) return false
    const result = at + recordLayout.result / 4
    if (u32[result] !== log.registerLow[first] || u32[result + 1] !== log.registerHigh[first]) return false
  }

  const loads = (flags & recordFlags.load) !== 0
  const va = at + recordLayout.va / 4
  if (loads !== (log.loads[row] !== 0)) return false
  if (loads && (u32[va] !== log.loadLow[row] || u32[va + 1] !== log.loadHigh[row])) return false
  if ((flags & recordFlags.store) !== 0) {
    const size = 1 << ((flags >>> recordFlags.sizeShift) & 3)
    if (log.storeSize[row] !== size) return false
    if (u32[va] !== log.storeLow[row] || u32[va + 1] !== log.storeHigh[row]) return false
    const stored = at + recordLayout.stored / 4
    const low = size >= 4 ? u32[stored] : u32[stored] & ((1 << (size * 8)) - 1)
    if (low !== log.storeValueLow[row]) return false
    if (size === 8 && u32[stored + 1] !== log.storeValueHigh[row]) return false
  } else if (log.storeSize[row] !== 0) return false

  if ((flags & recordFlags.csr) === 0) return log.csrCount[row] === 0
  const writes = batch.csrWrites(index)
  if (writes.length !== log.csrCount[row]) return false
  return writes.every(({ csr, value }, i) => {
    const at = first + i
    return log.csr[at] === csr && (BigInt(log.csrHigh[at]) << 32n) + BigInt(log.csrLow[at]) === value
  })
}

const hex = (value: bigint | number, digits = 16): string => value.toString(16).padStart(digits, '0')

/** Every field in which a retirement differs from a line of the log, without masks. */
export function differences(model: Retirement, log: CommitEvent): FieldDifference[] {
  const found: FieldDifference[] = []
  const compare = (field: string, ours: string | undefined, theirs: string | undefined): void => {
    if (ours !== theirs) found.push({ field, model: ours, log: theirs })
  }
  compare('pc', hex(model.pc), hex(log.pc))
  const digits = 2 * log.length
  compare('instruction', hex(model.instruction, (model.instruction & 3) === 3 ? 8 : 4), hex(log.instruction, digits))
  if (log.privilege !== undefined) compare('privilege', String(model.privilege), String(log.privilege))

  const ours = new Map(model.rd === 0 ? [] : [[`x${model.rd}`, hex(model.rdValue)]])
  const theirs = new Map(log.registers.map(({ file, number, value }) => [`${file}${number}`, hex(value)]))
  compareMaps(ours, theirs, compare)

  compareMaps(
    new Map(model.csrWrites.map(({ csr, value }) => [`csr ${csr}`, hex(value)])),
    new Map(log.csrs.map(({ csr, value }) => [`csr ${csr}`, hex(value)])),
    compare,
  )
  for (const kind of ['load', 'store'] as const) {
    const access = model.memory.find((candidate) => candidate.kind === kind)
    const logged = log.memory.find((candidate) => candidate.kind === kind)
    compare(`${kind} va`, access && hex(access.va), logged && hex(logged.va))
    if (access === undefined || logged === undefined) continue
    if (logged.size !== undefined) compare(`${kind} size`, String(access.size), String(logged.size))
    if (logged.value !== undefined) {
      compare(`${kind} value`, hex(access.value, 2 * access.size), hex(logged.value, 2 * access.size))
    }
  }
  return found
}

function compareMaps(
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
  compare: (field: string, ours: string | undefined, theirs: string | undefined) => void,
): void {
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) compare(key, ours.get(key), theirs.get(key))
}

const CSR_SIE = 0x104
const CSR_SIP = 0x144
const CSR_MIP = 0x344
const CSR_MVIP = 0x309
const CYCLE_CSRS: readonly number[] = [0xc00, 0xc01, 0xb00]
const MIP_LINES = 0xaa8n
const MTIME = { base: 0x200_bff8n, end: 0x200_c000n }

/** What the log's generation leaves out. */
export interface Omissions {
  loads: boolean
  stores: boolean
  csrs: boolean
}

/**
 * The mask that permits a difference, or undefined where none does.
 *
 * @param model the retirement that differs
 */
export function maskFor(difference: FieldDifference, model: Retirement, omissions: Omissions): MaskId | undefined {
  const { field, log } = difference
  const csrRead = isCsrInstruction(model.instruction) ? model.instruction >>> 20 : undefined
  if (field === `x${model.rd}` && log !== undefined) {
    if (csrRead !== undefined && CYCLE_CSRS.includes(csrRead)) return 'cycle-csr'
    if (csrRead === CSR_MIP || csrRead === CSR_SIP) return differOnlyIn(difference, MIP_LINES) ? 'mip-lines' : undefined
    const load = model.memory.find(({ kind }) => kind === 'load')
    if (load && load.pa >= MTIME.base && load.pa < MTIME.end) return 'mtime-load'
  }
  if (field === `csr ${CSR_MIP}` || field === `csr ${CSR_MVIP}`) {
    if (log !== undefined && differOnlyIn(difference, MIP_LINES)) return 'mip-lines'
  }
  if (log !== undefined) return undefined
  if (field === 'load va' && omissions.loads) return 'loads-not-logged'
  if (field === 'store va' && omissions.stores) return 'stores-not-logged'
  if (!field.startsWith('csr ')) return undefined
  if (omissions.csrs) return 'csr-not-logged'
  return field === `csr ${CSR_MVIP}` || field === `csr ${CSR_SIE}` ? 'csr-alias' : undefined
}

function differOnlyIn({ model, log }: FieldDifference, bits: bigint): boolean {
  if (model === undefined || log === undefined) return false
  return ((BigInt(`0x${model}`) ^ BigInt(`0x${log}`)) & ~bits) === 0n
}

const isCsrInstruction = (bits: number): boolean => (bits & 0x7f) === 0x73 && ((bits >>> 12) & 3) !== 0
