/** Runs an attacker's code on the firmware. */

import { encode } from '../../rtl-model/isa/decode.ts'
import { enclaveAgent, hostAgent } from '../calls/agents.ts'
import type { CodeStanding, Driver } from '../calls/driver.ts'
import { translate } from '../calls/memory.ts'
import { type Poke, tokens } from '../calls/perform.ts'
import type { Position } from '../calls/play.ts'
import { rowNamed } from '../random/code-buffer.ts'
import { codePlace } from './code.ts'
import { codeBytes } from './code-writer.ts'
import type { CodeStep } from './finding.ts'

/**
 * The bytes that the attacker writes before it runs the step's code: the code, and a jump back to where it waits. Undefined
 * where it cannot: it does not run, or has lost the page for it.
 */
export function codePokes({ by, code }: CodeStep, { state, memory, root }: Position): Poke[] | undefined {
  if ((by === 'host') !== (state.running === undefined)) return undefined
  const { va, size } = codePlace(by)
  const bytes = codeBytes(code)
  const wait = by === 'host' ? hostAgent.wait : enclaveAgent.wait
  const back = encode(rowNamed('jal'), { immediate: Number(wait - va) - bytes.length })!
  const whole = Uint8Array.from([...bytes, ...codeBytes([back])])
  if (whole.length > size) return undefined
  if (by === 'host') return [{ pa: va, bytes: whole }]
  const place = root === undefined ? undefined : translate(memory, root, va)
  return place?.writable ? [{ pa: place.pa, bytes: whole }] : undefined
}

/** Instructions that code may take: far more than it has. */
const LIMIT = 2000

/**
 * Puts the code where `pokes` say, and runs it; registers beside those of the step hold tokens. `turn` is the number of the
 * step, which the tokens tell.
 */
export function runCode(
  driver: Driver,
  { by, registers }: CodeStep,
  pokes: readonly Poke[],
  { running, turn }: { running: number | undefined; turn: number },
): CodeStanding {
  for (const { pa, bytes } of pokes) driver.write(pa, bytes)
  const values = tokens(running, turn)
  for (const [number, value] of registers) values[number] = value
  const size = BigInt(pokes.reduce((sum, { bytes }) => sum + bytes.length, 0))
  return driver.runCode({ va: codePlace(by).va, size }, values, LIMIT)
}
