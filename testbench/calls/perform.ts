/** One move, made on a firmware. */

import {
  type EnclaveCall,
  enclaveRegisters,
  type HostCall,
  hostRegisters,
  type UnknownCall,
} from '../../monitor/abi.ts'
import type { Context } from '../../monitor/spec/state.ts'
import { enclaveAgent, hostAgent } from './agents.ts'
import type { Driver, Standing } from './driver.ts'

/** Bytes that whoever runs puts into its own memory before it calls. */
export interface Poke {
  readonly pa: bigint
  readonly bytes: Uint8Array
}

export type Move =
  | { readonly by: 'host'; readonly call: HostCall | UnknownCall; readonly pokes: readonly Poke[] }
  | { readonly by: 'enclave'; readonly call: EnclaveCall | UnknownCall; readonly pokes: readonly Poke[] }
  | { readonly by: 'timer' | 'fault' }
  /** The host goes on in another of its address spaces. */
  | { readonly by: 'space'; readonly satp: bigint }

/** An address that no enclave has mapped. */
const NOWHERE = 0x35_0000_0000n

/** Writes what the move puts into memory before anything runs. */
export function writePokes(driver: Driver, move: Move): void {
  if (!('pokes' in move) || move.pokes.length === 0) return
  for (const { pa, bytes } of move.pokes) driver.write(pa, bytes)
  driver.flushCode()
}

/** Makes the move numbered `turn`; the context is the one that whoever runs has at its call, or is interrupted in. */
export function perform(
  driver: Driver,
  running: number | undefined,
  move: Move,
  turn: number,
): { standing: Standing; context: Context } {
  const registers = tokens(running, turn)
  const set = (values: readonly bigint[]) => registers.splice(10, values.length, ...values)
  switch (move.by) {
    case 'host':
      set(hostRegisters(move.call))
      return made(driver.asHost(hostAgent.call, registers), registers, hostAgent.call)
    case 'enclave':
      set(enclaveRegisters(move.call))
      return made(driver.asEnclave(enclaveAgent.call, registers), registers, enclaveAgent.call)
    case 'timer': {
      const { pc } = driver.machine.core.hart
      return made(driver.interrupt(registers), registers, pc)
    }
    case 'fault':
      set([0n, NOWHERE])
      return made(driver.asEnclave(enclaveAgent.load, registers), registers, enclaveAgent.load)
    case 'space':
      set([move.satp])
      return made(driver.asHost(hostAgent.space, registers), registers, hostAgent.space)
  }
}

const made = (standing: Standing, registers: readonly bigint[], pc: bigint) => ({
  standing,
  context: { registers, pc },
})

/** Registers in which each value tells whose it is and when it was put there. */
export function tokens(running: number | undefined, turn: number): bigint[] {
  const owner = running === undefined ? 0xbn : 0xen + (BigInt(running) << 8n)
  return Array.from({ length: 32 }, (_, number) =>
    number === 0 ? 0n : (owner << 32n) | (BigInt(turn) << 16n) | 0x8000n | BigInt(number),
  )
}
