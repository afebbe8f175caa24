/** Every promise, by name. */

import { nearest } from '../testbench/assembler/nearest.ts'
import type { Promised } from '../testbench/fuzz/promise.ts'
import { InputError } from '../traces/input-error.ts'
import { isolation } from './isolation/promise.ts'
import { monitorDiscipline } from './monitor-discipline/promise.ts'
import { secrecy, secrecyTiming } from './secrecy/promise.ts'
import { serverCalls } from './server-calls/promise.ts'
import { shadowTemplate } from './shadow-template/promise.ts'

export const promises: readonly Promised[] = [
  isolation,
  shadowTemplate,
  serverCalls,
  monitorDiscipline,
  secrecy,
  secrecyTiming,
]

/**
 * The promises with these names; all of them where there are no names.
 * @param place where the names come from
 * @throws InputError for a name that none has
 */
export function promisesNamed(names: readonly string[], place = '--property'): readonly Promised[] {
  const all = promises.map(({ name }) => name)
  for (const name of names) {
    if (all.includes(name)) continue
    const near = nearest(name, all)
    const hint = near === undefined ? `the promises are ${all.join(', ')}` : `did you mean ${near}?`
    throw new InputError(`${place} ${name}: there is no promise of that name; ${hint}`)
  }
  return promises.filter(({ name }) => names.length === 0 || names.includes(name))
}
