/** Random sequences of actions, of the host where the host runs, otherwise of the enclave. */

import fc from 'fast-check'
import { enclavePlans } from './enclave-plans.ts'
import { hostPlans } from './host-plans.ts'
import { Pick } from './pick.ts'
import type { Plan } from './play.ts'

export interface Action {
  readonly host: keyof typeof hostPlans
  readonly enclave: keyof typeof enclavePlans
  /** What the action takes its choices from. */
  readonly numbers: readonly number[]
}

/** Names of a table, as often as it says. */
export function weighted<Name extends string>(plans: Record<Name, readonly [number, unknown]>): fc.Arbitrary<Name> {
  const names = Object.keys(plans) as Name[]
  return fc.oneof(...names.map((name) => ({ weight: plans[name][0], arbitrary: fc.constant(name) })))
}

const CHOICES = 24

export const actions = (most: number): fc.Arbitrary<Action[]> =>
  fc.array(
    fc.record({
      host: weighted(hostPlans),
      enclave: weighted(enclavePlans),
      numbers: fc.array(fc.nat(0xffff), { minLength: CHOICES, maxLength: CHOICES }),
    }),
    { minLength: 1, maxLength: most, size: 'max' },
  )

/** What the action comes to where things stand. */
export function planOf({ host, enclave, numbers }: Action): Plan {
  return (position) => {
    const pick = new Pick(numbers)
    if (position.state.running === undefined) return hostPlans[host][1](position.state, pick)
    return enclavePlans[enclave][1](position, pick)
  }
}
