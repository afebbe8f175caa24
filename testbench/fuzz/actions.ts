/** What fast-check makes cases of, and makes smaller. */

import fc from 'fast-check'
import { enclavePlans } from '../calls/enclave-plans.ts'
import { hostPlans } from '../calls/host-plans.ts'
import { planOf as callPlan, weighted } from '../calls/sequences.ts'
import { resolveCode } from './code.ts'
import { enclaveItems, hostItems, type Item, itemOf, items } from './items.ts'
import type { StepPlan } from './player.ts'
import { seldom } from './slow-calls.ts'

/** A call, of the host where the host runs, otherwise of the enclave; or instructions of either. */
export type Action =
  | {
      readonly host: keyof typeof hostPlans
      readonly enclave: keyof typeof enclavePlans
      readonly numbers: readonly number[]
    }
  | { readonly items: readonly Item[] }

const CHOICES = 24

const calls: fc.Arbitrary<Action> = fc.record({
  host: weighted(hostPlans),
  enclave: weighted(enclavePlans),
  numbers: fc.array(fc.nat(0xffff), { minLength: CHOICES, maxLength: CHOICES }),
})

const code: fc.Arbitrary<Action> = fc.record({ items })

export const actions = (most: number): fc.Arbitrary<Action[]> =>
  fc.array(fc.oneof({ weight: 3, arbitrary: calls }, { weight: 2, arbitrary: code }), { minLength: 1, maxLength: most })

const resume = calls.map((call): Action => ('host' in call ? { ...call, host: 'resume' } : call))
/** One instruction: an enclave with a secret works on that instead, and gives the hart back. */
const work: fc.Arbitrary<Action> = fc.record({ items: fc.tuple(itemOf('compute', 'compute')) })
const spying: fc.Arbitrary<Action> = fc.record({ items: fc.tuple(itemOf('refusedLoads', 'compute')) })

/** A host lets an enclave run, and then tries what it can tell of it by how long things take. */
export const spyingActions: fc.Arbitrary<Action[]> = fc.tuple(spying, resume, work, spying)

/** What the action comes to where things stand. */
export function planOf(action: Action): StepPlan {
  if (!('items' in action)) return seldomSlow(action)
  return (position) => {
    const by = position.state.running === undefined ? 'host' : 'enclave'
    const resolved = resolveCode(action.items, position, by)
    return resolved.code.length === 0 ? undefined : { by, ...resolved }
  }
}

function seldomSlow(action: Extract<Action, { numbers: readonly number[] }>): StepPlan {
  const plan = callPlan(action)
  const number = action.numbers[CHOICES - 1] ?? 0
  return (position) => {
    const move = plan(position)
    return move !== undefined && number % seldom(move, position.state) === 0 ? move : undefined
  }
}

/** Whether a value that was read is an action. */
export function isAction(value: unknown): value is Action {
  if (typeof value !== 'object' || value === null) return false
  if ('items' in value)
    return Array.isArray(value.items) && value.items.every((item) => isChoice(item, hostItems, enclaveItems))
  return isChoice(value, hostPlans, enclavePlans)
}

function isChoice(value: unknown, hosts: object, enclaves: object): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { host, enclave, numbers } = value as Record<string, unknown>
  const isNamed = typeof host === 'string' && host in hosts && typeof enclave === 'string' && enclave in enclaves
  return isNamed && Array.isArray(numbers) && numbers.every(Number.isSafeInteger)
}
