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
  const registers = registersOf(running, move, turn)
  switch (move.by) {
    case 'host':
      return made(driver.asHost(hostAgent.call, registers), registers, hostAgent.call)
    case 'enclave':
      return made(driver.asEnclave(enclaveAgent.call, registers), registers, enclaveAgent.call)
    case 'timer': {
      const { pc } = driver.machine.core.hart
      return made(driver.interrupt(registers), registers, pc)
    }
    case 'fault':
      return made(driver.asEnclave(enclaveAgent.load, registers), registers, enclaveAgent.load)
    case 'space':
      return made(driver.asHost(hostAgent.space, registers), registers, hostAgent.space)
  }
}

/** What whoever makes the move numbered `turn` has in registers: what the move is about, and tokens. */
export function registersOf(running: number | undefined, move: Move, turn: number): bigint[] {
  const registers = tokens(running, turn)
  const values = argumentsOf(move)
  registers.splice(10, values.length, ...values)
  return registers
}

/** From a0 on. */
function argumentsOf(move: Move): readonly bigint[] {
  switch (move.by) {
    case 'host':
      return hostRegisters(move.call)
    case 'enclave':
      return enclaveRegisters(move.call)
    case 'timer':
      return []
    case 'fault':
      return [0n, NOWHERE]
    case 'space':
      return [move.satp]
  }
}

const made = (standing: Standing, registers: readonly bigint[], pc: bigint) => ({
  standing,
  context: { registers, pc },
})

const NUMBERS = Array.from({ length: 32 }, (_, number) => BigInt(number))

/** Registers in which each value tells whose it is and when it was put there. */
export function tokens(running: number | undefined, turn: number): bigint[] {
  const owner = running === undefined ? 0xbn : 0xen + (BigInt(running) << 8n)
  const base = (owner << 32n) | (BigInt(turn) << 16n) | 0x8000n
  return NUMBERS.map((number) => (number === 0n ? 0n : base | number))
}
