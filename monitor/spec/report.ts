/** What the monitor certifies of enclaves, and keys that it makes for them. What they contain is not specified here. */

import { type EnclaveCall, error, type HostCall, keyType, NAME_LEN, type Named, report } from '../abi.ts'
import { answer, type Input, type Outcome, refuse, type World } from './outcome.ts'
import { enclaveAt, templateAt } from './run.ts'
import { type Enclave, owns, type State } from './state.ts'
import { ways } from './verdict.ts'
import { readName, writeVirtual } from './virtual.ts'

/** The longest key that HKDF with SHA-256 makes. */
const LONGEST_KEY = 255n * 32n

/** `ATTEST_ENCLAVE`: only of an enclave that has not begun or is stopped, for the host process that it belongs to. */
export function attest(
  state: State,
  { eid, reportPa }: Named<HostCall, 'attestEnclave'>,
  input: Input & { by: 'host' },
): readonly Outcome[] {
  const enclave = enclaveAt(state, eid)
  const isAtRest = enclave?.state === 'FRESH' || enclave?.state === 'STOPPED'
  if (!isAtRest || enclave?.satp !== input.satp) return ways('refuse', state, input, () => [])
  return [reportTo(state, reportPa, input)]
}

/** `ATTEST_SHADOW_ENCLAVE`. */
export function attestShadow(
  state: State,
  { eid, reportPa }: Named<HostCall, 'attestShadow'>,
  input: Input,
): readonly Outcome[] {
  return [templateAt(state, eid) === undefined ? refuse(state, input) : reportTo(state, reportPa, input)]
}

function reportTo(state: State, pa: bigint, input: Input): Outcome {
  const place = { pa, size: BigInt(report.bytes) }
  if (!owns(state, 'host', place)) return refuse(state, input)
  return answer(state, input, error.ENCLAVE_SUCCESS, { writes: [{ ...place, bytes: undefined }] })
}

/** `GET_REPORT`: of the enclave itself, or of a server by its name. */
export function getReport(
  state: State,
  _: Enclave,
  { nameVa, reportVa }: Named<EnclaveCall, 'getReport'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const name = nameVa === 0n ? undefined : readName(world, nameVa, NAME_LEN)
  const isServer = [...state.enclaves.values()].some((other) => other.type === 'server' && other.name === name)
  const writes = writeVirtual(world, reportVa, report.bytes)
  const isKnown = nameVa === 0n || isServer
  return [writes && isKnown ? answer(state, input, error.ENCLAVE_SUCCESS, { writes }) : refuse(state, input)]
}

/** `GET_KEY`. */
export function getKey(
  state: State,
  _: Enclave,
  { type, va, size }: Named<EnclaveCall, 'getKey'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const isType = BigInt.asUintN(32, type) === keyType.ENCLAVE_KEY || BigInt.asUintN(32, type) === keyType.STORAGE_KEY
  const writes = size > state.ram.size ? undefined : writeVirtual(world, va, Number(size))
  if (!isType || writes === undefined || size > LONGEST_KEY) return [refuse(state, input)]
  const granted = answer(state, input, error.ENCLAVE_SUCCESS, { writes })
  return size === 0n || type >> 32n !== 0n ? [granted, refuse(state, input)] : [granted]
}

/** `GET_ENCLAVE_ID`. */
export function enclaveId(state: State, { eid }: Enclave, _: unknown, input: Input): readonly Outcome[] {
  return [answer(state, input, BigInt(eid))]
}
