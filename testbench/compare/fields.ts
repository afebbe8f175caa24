import { type RetirementBatch, recordFlags, recordWords } from '../../rtl-model/core/recorder.ts'
import { type CommitBatch, writesPerRow } from '../../traces/spike/commit-batch.ts'
import type { Generation } from '../../traces/spike/generation.ts'
import type { CommitEvent } from '../../traces/trace-event.ts'
import type { MaskId } from './masks.ts'

/** One field in which two executions differ; as text, undefined where one of them has nothing. */
export interface FieldDifference {
  field: string
  left: string | undefined
  right: string | undefined
}

/** Whether a record of the ring is exactly what a row of the log says. Numbers only: this is done for every instruction. */
export function rowMatches(
  batch: RetirementBatch,
  index: number,
  log: CommitBatch,
  row: number,
  csrName: (csr: number) => string | undefined,
): boolean {
  const { u32 } = batch.region
  const at = index * recordWords.words
  const flags = u32[at + recordWords.flags]
  const bits = u32[at + recordWords.instruction]
  if (u32[at] !== log.pcLow[row] || u32[at + 1] !== log.pcHigh[row]) return false
  if (((bits & 3) === 3 ? bits : bits & 0xffff) !== log.instruction[row]) return false
  if ((flags & 3) !== log.privilege[row]) return false

  const rd = (flags >>> recordFlags.rdShift) & 31
  const first = row * writesPerRow
  if (log.registerCount[row] !== (rd === 0 ? 0 : 1)) return false
  if (rd !== 0) {
    if (log.register[first] !== rd) return false
    const result = at + recordWords.result
    if (u32[result] !== log.registerLow[first] || u32[result + 1] !== log.registerHigh[first]) return false
  }

  const loads = (flags & recordFlags.load) !== 0
  const va = at + recordWords.va
  if (loads !== (log.loads[row] !== 0)) return false
  if (loads && (u32[va] !== log.loadLow[row] || u32[va + 1] !== log.loadHigh[row])) return false
  if ((flags & recordFlags.store) !== 0) {
    const size = 1 << ((flags >>> recordFlags.sizeShift) & 3)
    if (log.storeSize[row] !== size) return false
    if (u32[va] !== log.storeLow[row] || u32[va + 1] !== log.storeHigh[row]) return false
    const stored = at + recordWords.stored
    const low = size >= 4 ? u32[stored] : u32[stored] & ((1 << (size * 8)) - 1)
    if (low !== log.storeValueLow[row]) return false
    if (size === 8 && u32[stored + 1] !== log.storeValueHigh[row]) return false
  } else if (log.storeSize[row] !== 0) return false

  if ((flags & recordFlags.csr) === 0) return log.csrCount[row] === 0
  const writes = batch.csrWrites(index)
  if (writes.length !== log.csrCount[row]) return false
  return writes.every(({ csr, value }, i) => {
    const at = first + i
    return (
      log.csr[at] === csr &&
      log.csrName(csr) === csrName(csr) &&
      (BigInt(log.csrHigh[at]) << 32n) + BigInt(log.csrLow[at]) === value
    )
  })
}

const hex = (value: bigint | number, digits = 16): string => value.toString(16).padStart(digits, '0')

/** Every field in which two retirements differ, of those that both record, without masks. */
export function differences(left: CommitEvent, right: CommitEvent): FieldDifference[] {
  if (isSame(left, right)) return []
  const found: FieldDifference[] = []
  const compare = (field: string, ours: string | undefined, theirs: string | undefined): void => {
    if (ours !== theirs) found.push({ field, left: ours, right: theirs })
  }
  compare('pc', hex(left.pc), hex(right.pc))
  compare('instruction', hex(left.instruction, 2 * left.length), hex(right.instruction, 2 * right.length))
  if (left.privilege !== undefined && right.privilege !== undefined) {
    compare('privilege', String(left.privilege), String(right.privilege))
  }
  compareMaps(registers(left), registers(right), compare)
  compareMaps(csrs(left), csrs(right), compare)
  if (found.length === 0) compareMaps(csrNames(left), csrNames(right), compare)
  for (const kind of ['load', 'store'] as const) {
    const ours = left.memory.find((access) => access.kind === kind)
    const theirs = right.memory.find((access) => access.kind === kind)
    compare(`${kind} va`, ours && hex(ours.va), theirs && hex(theirs.va))
    if (ours === undefined || theirs === undefined) continue
    if (ours.size !== undefined && theirs.size !== undefined)
      compare(`${kind} size`, String(ours.size), String(theirs.size))
    if (ours.value !== undefined && theirs.value !== undefined) {
      const digits = 2 * (ours.size ?? 8)
      compare(`${kind} value`, hex(ours.value, digits), hex(theirs.value, digits))
    }
  }
  return found
}

/** Whether two events are equal in every field: most are, and need no text. */
function isSame(left: CommitEvent, right: CommitEvent): boolean {
  const sameItems = <T extends object>(ours: readonly T[], theirs: readonly T[]): boolean =>
    ours.length === theirs.length &&
    ours.every((item, index) => {
      const other = theirs[index]
      for (const key in item) if (item[key] !== other[key]) return false
      return true
    })
  return (
    left.pc === right.pc &&
    left.instruction === right.instruction &&
    left.privilege === right.privilege &&
    sameItems(left.registers, right.registers) &&
    sameItems(left.csrs, right.csrs) &&
    sameItems(left.memory, right.memory)
  )
}

const registers = (event: CommitEvent): Map<string, string> =>
  new Map(event.registers.map(({ file, number, value }) => [`${file}${number}`, hex(value)]))

const csrs = (event: CommitEvent): Map<string, string> =>
  new Map(event.csrs.map(({ csr, value }) => [`csr ${csr}`, hex(value)]))

const csrNames = (event: CommitEvent): Map<string, string> =>
  new Map(event.csrs.map(({ csr, name }) => [`name of csr ${csr}`, name]))

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

/** What a log leaves out because of its age. */
export interface Omissions {
  loads: boolean
  stores: boolean
  csrs: boolean
}

export const NO_OMISSIONS: Omissions = { loads: false, stores: false, csrs: false }

/** What the Spike that wrote a log did not log yet (formats: versions of Spike). */
export function omissionsOf({ name, before = '9999', since = '' }: Generation): Omissions {
  const isTracer = name.startsWith('CVA6')
  return {
    loads: before <= '2019-12-16' || isTracer,
    stores: before <= '2019-09-18' || isTracer,
    csrs: (before <= '2020-09-29' && since < '2020-07-01') || isTracer,
  }
}

/**
 * The mask that permits a difference of an instruction, or undefined where none does.
 *
 * @param loadAddress physical address of the instruction's load, where it is known, or else virtual
 */
export function maskFor(
  { field, left, right }: FieldDifference,
  instruction: number,
  loadAddress: bigint | undefined,
  omissions: Omissions,
): MaskId | undefined {
  const oneIsMissing = left === undefined || right === undefined
  const onlyLines = (): boolean => !oneIsMissing && ((BigInt(`0x${left}`) ^ BigInt(`0x${right}`)) & ~MIP_LINES) === 0n
  if (field.startsWith('x') && !oneIsMissing) {
    const csrRead = isCsrInstruction(instruction) ? instruction >>> 20 : -1
    if (CYCLE_CSRS.includes(csrRead)) return 'cycle-csr'
    if (csrRead === CSR_MIP || csrRead === CSR_SIP) return onlyLines() ? 'mip-lines' : undefined
    if (loadAddress !== undefined && loadAddress >= MTIME.base && loadAddress < MTIME.end) return 'mtime-load'
  }
  if ((field === `csr ${CSR_MIP}` || field === `csr ${CSR_MVIP}`) && onlyLines()) return 'mip-lines'
  if (!oneIsMissing) return undefined
  if (field === 'load va' && omissions.loads) return 'loads-not-logged'
  if (field === 'store va' && omissions.stores) return 'stores-not-logged'
  if (!field.startsWith('csr ')) return undefined
  if (omissions.csrs) return 'csr-not-logged'
  return field === `csr ${CSR_MVIP}` || field === `csr ${CSR_SIE}` ? 'csr-alias' : undefined
}

const isCsrInstruction = (bits: number): boolean => (bits & 0x7f) === 0x73 && ((bits >>> 12) & 3) !== 0
