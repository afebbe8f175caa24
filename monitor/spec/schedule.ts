/** Enclaves leave the hart and come back: interrupts, yield, stop, resume. */

import { type EnclaveCall, error, exitReason, type HostCall, type Named, resumeReason } from '../abi.ts'
import { answer, behind, type Input, type Outcome, refuse, toEnclave, toHost, type World } from './outcome.ts'
import { resumeFromOcall } from './resume-ocall.ts'
import { enclaveAt } from './run.ts'
import { type Enclave, type State, tailOf, withEnclave } from './state.ts'
import { ways } from './verdict.ts'

/** A timer interrupt: the enclave can be resumed where it was. */
export function timer(state: State, enclave: Enclave, { context }: Input): readonly Outcome[] {
  return [toHost(withEnclave(state, { ...enclave, state: 'RUNNABLE', context }), exitReason.ENCLAVE_TIMER_IRQ)]
}

/** `YIELD`: as an interrupt, but asked for. */
export function yieldHart(
  state: State,
  enclave: Enclave,
  _: Named<EnclaveCall, 'yield'>,
  input: Input,
): readonly Outcome[] {
  const waiting: Enclave = { ...enclave, state: 'RUNNABLE', context: behind(input) }
  return [toHost(withEnclave(state, waiting), exitReason.ENCLAVE_YIELD)]
}

/** The enclave that the host names, if it is one that this address space of the host may start and stop. */
function ownEnclave(state: State, eid: bigint, satp: bigint): Enclave | undefined {
  const enclave = enclaveAt(state, eid)
  return enclave?.type === 'normal' && enclave.satp === satp ? enclave : undefined
}

/** `STOP_ENCLAVE`: stops whichever enclave of the chain is to run next. */
export function stop(
  state: State,
  { eid }: Named<HostCall, 'stopEnclave'>,
  input: Input & { by: 'host' },
): readonly Outcome[] {
  const enclave = ownEnclave(state, eid, input.satp)
  const tail = enclave && tailOf(state, enclave)
  if (tail?.state !== 'RUNNABLE' && tail?.state !== 'STOPPED') return ways('refuse', state, input, () => [])
  return [answer(withEnclave(state, { ...tail, state: 'STOPPED' }), input, error.ENCLAVE_SUCCESS)]
}

/** `RESUME_ENCLAVE`, for each of its reasons. */
export function resume(
  state: State,
  call: Named<HostCall, 'resumeEnclave'>,
  input: Input & { by: 'host' },
  world: World,
): readonly Outcome[] {
  const isKnown = enclaveAt(state, call.eid) !== undefined
  const enclave = ownEnclave(state, call.eid, input.satp)
  const tail = enclave && tailOf(state, enclave)
  switch (call.reason) {
    case resumeReason.RESUME_FROM_TIMER_IRQ:
      if (!isKnown) return [answer(state, input, error.ENCLAVE_SUCCESS)]
      if (tail?.state === 'STOPPED') return [answer(state, input, exitReason.ENCLAVE_TIMER_IRQ)]
      if (tail?.state !== 'RUNNABLE') return ways('refuse', state, input, () => [])
      return [toEnclave({ ...state, host: behind(input) }, tail.eid, undefined)]
    case resumeReason.RESUME_FROM_STOP:
      if (tail?.state !== 'STOPPED') return ways('refuse', state, input, () => [])
      return [answer(withEnclave(state, { ...tail, state: 'RUNNABLE' }), input, error.ENCLAVE_SUCCESS)]
    case resumeReason.RESUME_FROM_OCALL:
      if (tail?.state !== 'OCALLING') return ways('refuse', state, input, () => [])
      return resumeFromOcall(state, tail, call, input, world)
    default:
      return [refuse(state, input), answer(state, input, error.ENCLAVE_SUCCESS)]
  }
}
