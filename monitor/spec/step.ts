import { type EnclaveCall, error, extension, type HostCall, SBI_ENOTSUPP, type UnknownCall } from '../abi.ts'
import { acquire, callEnclave, callerId, enclaveReturn } from './chain.ts'
import { create } from './create.ts'
import { enclaveOcall } from './ocall.ts'
import { answer, type Input, type Outcome, refuse, type World } from './outcome.ts'
import { asynCall, splitRegion } from './relay.ts'
import { destroy, destroyServer, destroyShadow, exit, fault } from './release.ts'
import { attest, attestShadow, enclaveId, getKey, getReport } from './report.ts'
import { fork, run } from './run.ts'
import { resume, stop, timer, yieldHart } from './schedule.ts'
import { memoryExtend, schrodingerInit, separateTables, smInit } from './setup.ts'
import { shmAttach, shmStat } from './share.ts'
import type { Enclave, State } from './state.ts'
import { mapPte, setPte } from './tables.ts'
import { ways } from './verdict.ts'

type HostInput = Input & { by: 'host' }
type HostRule<Call> = (state: State, call: Call, input: HostInput, world: World) => readonly Outcome[]
type EnclaveRule<Call> = (state: State, enclave: Enclave, call: Call, input: Input, world: World) => readonly Outcome[]
type RulesOf<Call extends { call: string }, Rule extends 'host' | 'enclave'> = {
  [Name in Call['call']]: Rule extends 'host'
    ? HostRule<Extract<Call, { call: Name }>>
    : EnclaveRule<Extract<Call, { call: Name }>>
}

const hostRules: RulesOf<HostCall | UnknownCall, 'host'> = {
  smInit,
  separateTables,
  setPte,
  mapPte,
  memoryExtend,
  schrodingerInit,
  createEnclave: create,
  createServer: create,
  createShadow: create,
  runEnclave: run,
  runShadow: fork,
  stopEnclave: stop,
  resumeEnclave: resume,
  attestEnclave: attest,
  attestShadow,
  destroyEnclave: destroy,
  destroyServer,
  destroyShadow,
  print: (state, _, input) => ways('either', state, input, () => answer(state, input, error.ENCLAVE_SUCCESS)),
  unknown: (state, _, input) => [refuse(state, input, SBI_ENOTSUPP)],
}

const enclaveRules: RulesOf<EnclaveCall | UnknownCall, 'enclave'> = {
  exit,
  ocall: enclaveOcall,
  acquireServer: acquire,
  callEnclave,
  enclaveReturn,
  getReport,
  asynCall,
  splitRegion,
  getCallerId: callerId,
  getEnclaveId: enclaveId,
  yield: yieldHart,
  getKey,
  shmAttach,
  shmStat,
  unknown: (state, enclave, { number, extension: ext }, input) => {
    // The C library's ioctl on its console is answered with 0.
    if (ext !== extension.SBI_EXT_PENGLAI_ENCLAVE && number === LINUX_IOCTL)
      return [answer(state, input, error.ENCLAVE_SUCCESS)]
    return fault(state, enclave)
  },
}

const LINUX_IOCTL = 29n

/**
 * What may follow: every way that the call may go, the one that the documents promise first. There is more than one where
 * the ABI leaves it to the monitor.
 */
export function step(state: State, input: Input, world: World): readonly Outcome[] {
  return called(state, input, world).flatMap(started)
}

/** An enclave that cannot execute its first instruction ends there. */
function started(outcome: Outcome): readonly Outcome[] {
  const { state } = outcome
  const enclave = state.running === undefined ? undefined : state.enclaves.get(state.running)!
  if (enclave === undefined || enclave.canStart) return [outcome]
  return fault(state, enclave).map((end) => ({
    ...end,
    writes: [...outcome.writes, ...end.writes],
    touched: [...outcome.touched, ...end.touched],
  }))
}

function called(state: State, input: Input, world: World): readonly Outcome[] {
  if (input.by === 'host') {
    if (state.running !== undefined) throw new RangeError('the host does not run')
    // Each rule gets the call that it is for; the compiler cannot see this through the table.
    const rule = hostRules[input.call.call] as HostRule<HostCall | UnknownCall>
    return rule(state, input.call, input, world)
  }
  if (state.running === undefined) throw new RangeError('no enclave runs')
  const enclave = state.enclaves.get(state.running)!
  if (input.by !== 'enclave') return input.by === 'timer' ? timer(state, enclave, input) : fault(state, enclave)
  const rule = enclaveRules[input.call.call] as EnclaveRule<EnclaveCall | UnknownCall>
  return rule(state, enclave, input.call, input, world)
}
