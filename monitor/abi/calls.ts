/** The calls by name, with their arguments in the order of the registers, and how they lie in registers. */

import { extension, SBI_LEGAL_MAX } from './numbers.ts'

interface Row {
  /** The number's name in the C header. */
  readonly c: string
  readonly number: bigint
  /** What a0, a1, … carry. `pa` is a physical, `va` a virtual address. */
  readonly args: readonly string[]
}

/** Host (S-mode) to monitor: a7 = extension, a6 = number. */
export const hostCalls = {
  setPte: { c: 'SBI_SET_PTE', number: 101n, args: ['operation', 'pa', 'value', 'size'] },
  smInit: { c: 'SBI_SM_INIT', number: 100n, args: ['tables', 'tablesSize', 'bitmap', 'bitmapSize', 'flagPa'] },
  createEnclave: { c: 'SBI_CREATE_ENCLAVE', number: 99n, args: ['paramPa'] },
  attestEnclave: { c: 'SBI_ATTEST_ENCLAVE', number: 98n, args: ['eid', 'reportPa', 'nonce'] },
  runEnclave: { c: 'SBI_RUN_ENCLAVE', number: 97n, args: ['eid', 'paramPa'] },
  stopEnclave: { c: 'SBI_STOP_ENCLAVE', number: 96n, args: ['eid'] },
  resumeEnclave: { c: 'SBI_RESUME_ENCLAVE', number: 95n, args: ['eid', 'reason', 'ocall', 'result0', 'result1'] },
  destroyEnclave: { c: 'SBI_DESTROY_ENCLAVE', number: 94n, args: ['eid'] },
  memoryExtend: { c: 'SBI_MEMORY_EXTEND', number: 92n, args: ['pa', 'size'] },
  createServer: { c: 'SBI_CREATE_SERVER_ENCLAVE', number: 90n, args: ['paramPa'] },
  destroyServer: { c: 'SBI_DESTROY_SERVER_ENCLAVE', number: 89n, args: ['eid'] },
  runShadow: { c: 'SBI_RUN_SHADOW_ENCLAVE', number: 87n, args: ['eid', 'paramPa'] },
  createShadow: { c: 'SBI_CREATE_SHADOW_ENCLAVE', number: 86n, args: ['paramPa'] },
  schrodingerInit: { c: 'SBI_SCHRODINGER_INIT', number: 85n, args: ['pa', 'size'] },
  print: { c: 'SBI_SM_PRINT', number: 84n, args: ['pa', 'size'] },
  separateTables: { c: 'SBI_SM_PT_AREA_SEPARATION', number: 83n, args: ['pgdOrder', 'pmdOrder'] },
  mapPte: { c: 'SBI_SM_MAP_PTE', number: 81n, args: ['pmdPa', 'tablePa'] },
  attestShadow: { c: 'SBI_ATTEST_SHADOW_ENCLAVE', number: 80n, args: ['eid', 'reportPa', 'nonce'] },
  destroyShadow: { c: 'SBI_DESTROY_SHADOW_ENCLAVE', number: 79n, args: ['eid'] },
} as const satisfies Record<string, Row>

/** Enclave (U-mode) to monitor: a6 = extension, a7 = number. */
export const enclaveCalls = {
  exit: { c: 'SBI_EXIT_ENCLAVE', number: 99n, args: ['value'] },
  ocall: { c: 'SBI_ENCLAVE_OCALL', number: 98n, args: ['ocall', 'arg0', 'arg1', 'arg2'] },
  acquireServer: { c: 'SBI_ACQUIRE_SERVER', number: 97n, args: ['nameVa'] },
  callEnclave: { c: 'SBI_CALL_ENCLAVE', number: 96n, args: ['handle', 'argVa'] },
  enclaveReturn: { c: 'SBI_ENCLAVE_RETURN', number: 95n, args: ['argVa'] },
  getReport: { c: 'SBI_GET_REPORT', number: 94n, args: ['nameVa', 'reportVa', 'nonce'] },
  asynCall: { c: 'SBI_ASYN_ENCLAVE_CALL', number: 93n, args: ['nameVa', 'argVa'] },
  splitRegion: { c: 'SBI_SPLIT_MEM_REGION', number: 92n, args: ['va', 'size', 'splitVa'] },
  getCallerId: { c: 'SBI_GET_CALLER_ID', number: 91n, args: [] },
  getEnclaveId: { c: 'SBI_GET_ENCLAVE_ID', number: 90n, args: [] },
  yield: { c: 'SBI_YIELD', number: 89n, args: [] },
  getKey: { c: 'SBI_GET_KEY', number: 88n, args: ['type', 'va', 'size'] },
  shmAttach: { c: 'SBI_SHM_ATTACH', number: 84n, args: ['key'] },
  shmStat: { c: 'SBI_SHM_STAT', number: 83n, args: ['key', 'va'] },
} as const satisfies Record<string, Row>

type CallOf<Rows extends Record<string, Row>> = {
  [Name in keyof Rows]: { readonly call: Name } & { readonly [Arg in Rows[Name]['args'][number]]: bigint }
}[keyof Rows]

/** A call that no table knows, by its registers. */
export interface UnknownCall {
  readonly call: 'unknown'
  readonly number: bigint
  readonly extension: bigint
}

export type HostCall = CallOf<typeof hostCalls>
export type EnclaveCall = CallOf<typeof enclaveCalls>
/** Of either table, the call with this name. */
export type Named<Call, Name> = Extract<Call, { call: Name }>

/** a0 to a7. */
export type ArgumentRegisters = readonly bigint[]

export function hostRegisters(call: HostCall | UnknownCall): ArgumentRegisters {
  if (call.call === 'unknown') return [0n, 0n, 0n, 0n, 0n, 0n, call.number, call.extension]
  const row: Row = hostCalls[call.call]
  return [...argumentValues(row, call), row.number, extension.SBI_EXT_PENGLAI_HOST]
}

export function enclaveRegisters(call: EnclaveCall | UnknownCall): ArgumentRegisters {
  if (call.call === 'unknown') return [0n, 0n, 0n, 0n, 0n, 0n, call.extension, call.number]
  const row: Row = enclaveCalls[call.call]
  return [...argumentValues(row, call), extension.SBI_EXT_PENGLAI_ENCLAVE, row.number]
}

/** The call that the host makes with these registers. */
export function hostCall(registers: ArgumentRegisters): HostCall | UnknownCall {
  const [number, ext] = [registers[6], registers[7]]
  const found = ext === extension.SBI_EXT_PENGLAI_HOST ? hostNames.get(number) : undefined
  if (found === undefined) return { call: 'unknown', number, extension: ext }
  return record(found, hostCalls[found], registers) as unknown as HostCall
}

/** The call that an enclave makes with these registers. */
export function enclaveCall(registers: ArgumentRegisters): EnclaveCall | UnknownCall {
  const [ext, number] = [registers[6], registers[7]]
  const found = ext === extension.SBI_EXT_PENGLAI_ENCLAVE ? enclaveNames.get(number) : undefined
  if (found === undefined) return { call: 'unknown', number, extension: ext }
  return record(found, enclaveCalls[found], registers) as unknown as EnclaveCall
}

/**
 * What the host finds in a0 and a1: a result from 0 to `SBI_LEGAL_MAX` in a1 beside a 0, any other in a0, and a1 is left
 * alone (undefined).
 */
export function hostResult(value: bigint): { a0: bigint; a1: bigint | undefined } {
  const unsigned = BigInt.asUintN(64, value)
  return unsigned <= SBI_LEGAL_MAX ? { a0: 0n, a1: unsigned } : { a0: unsigned, a1: undefined }
}

const hostNames = byNumber(hostCalls)
const enclaveNames = byNumber(enclaveCalls)

function byNumber<Name extends string>(rows: Record<Name, Row>): ReadonlyMap<bigint, Name> {
  return new Map((Object.keys(rows) as Name[]).map((name) => [rows[name].number, name]))
}

/** a0 to a5; those without a meaning are 0. */
function argumentValues({ args }: Row, call: object): bigint[] {
  const values = new Map<string, bigint>(Object.entries(call))
  return Array.from({ length: 6 }, (_, index) => BigInt.asUintN(64, values.get(args[index]) ?? 0n))
}

function record(name: string, { args }: Row, registers: ArgumentRegisters): Record<string, bigint | string> {
  return { call: name, ...Object.fromEntries(args.map((arg, index) => [arg, registers[index]])) }
}
