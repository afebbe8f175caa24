/**
 * What the monitor certifies of enclaves, and keys that it makes for them. What they contain is not specified here, but that
 * a fork measures as its template.
 */

import { type EnclaveCall, error, type HostCall, keyType, NAME_LEN, type Named, report } from '../abi.ts'
import { answer, type Input, type Outcome, refuse, type World, type Write } from './outcome.ts'
import { enclaveAt, templateAt } from './run.ts'
import { type Enclave, owns, type State } from './state.ts'
import { ways } from './verdict.ts'
import { readName, writeVirtual } from './virtual.ts'

/** The longest key that HKDF with SHA-256 makes. */
const LONGEST_KEY = 255n * 32n

/** `ATTEST_ENCLAVE`: only of an enclave that has not begun or is stopped, for the host process that it belongs to. */
export function attest(
  state: State,
  { eid, reportPa, nonce }: Named<HostCall, 'attestEnclave'>,
  input: Input & { by: 'host' },
  world: World,
): readonly Outcome[] {
  const enclave = enclaveAt(state, eid)
  const isAtRest = enclave?.state === 'FRESH' || enclave?.state === 'STOPPED'
  if (!isAtRest || enclave?.satp !== input.satp) return ways('refuse', state, input, () => [])
  return [reportTo(state, reportPa, input, certify(state, enclave.template, nonce, world))]
}

/** `ATTEST_SHADOW_ENCLAVE`. */
export function attestShadow(
  state: State,
  { eid, reportPa, nonce }: Named<HostCall, 'attestShadow'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const template = templateAt(state, eid)
  if (template === undefined) return [refuse(state, input)]
  return [reportTo(state, reportPa, input, certify(state, template.id, nonce, world))]
}

const HASH = report.fields.enclave_hash.offset
const HASH_BYTES = 32

interface Certified {
  /** The state in which it is known. */
  readonly state: State
  /** What the report must hold; undefined where it is free to. */
  readonly hash: Uint8Array | undefined
}

/** What a report on a template, or on a fork of it, certifies: what those before it did for the same nonce. */
function certify(state: State, id: number | undefined, nonce: bigint, { chosen: { hash } }: World): Certified {
  const template = state.templates.get(id ?? -1)
  const known = template?.certified.get(nonce)
  if (template === undefined || known !== undefined || hash === undefined) return { state, hash: known }
  const certified = new Map(template.certified).set(nonce, hash)
  const templates = new Map(state.templates).set(template.id, { ...template, certified })
  return { state: { ...state, templates }, hash: undefined }
}

function reportTo(state: State, pa: bigint, input: Input, { state: next, hash }: Certified): Outcome {
  const place = { pa, size: BigInt(report.bytes), bytes: undefined }
  if (!owns(state, 'host', place)) return refuse(state, input)
  const writes: Write[] = [place]
  if (hash !== undefined) writes.push({ pa: pa + BigInt(HASH), size: BigInt(HASH_BYTES), bytes: hash })
  return answer(next, input, error.ENCLAVE_SUCCESS, { writes })
}

/** `GET_REPORT`: of the enclave itself, or of a server by its name. */
export function getReport(
  state: State,
  { template }: Enclave,
  { nameVa, reportVa, nonce }: Named<EnclaveCall, 'getReport'>,
  input: Input,
  world: World,
): readonly Outcome[] {
  const name = nameVa === 0n ? undefined : readName(world, nameVa, NAME_LEN)
  const isServer = [...state.enclaves.values()].some((other) => other.type === 'server' && other.name === name)
  const writes = writeVirtual(world, reportVa, report.bytes)
  const isKnown = nameVa === 0n || isServer
  if (writes === undefined || !isKnown) return [refuse(state, input)]
  const { state: next, hash } = certify(state, nameVa === 0n ? template : undefined, nonce, world)
  const known = hash && writeVirtual(world, reportVa + BigInt(HASH), HASH_BYTES, hash)
  return [answer(next, input, error.ENCLAVE_SUCCESS, { writes: [...writes, ...(known ?? [])] })]
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
