/** What fast-check makes cases of, and makes smaller. */

import type fc from 'fast-check'
import { enclavePlans } from '../calls/enclave-plans.ts'
import { hostPlans } from '../calls/host-plans.ts'
import { type Action as CallAction, actions as callActions, planOf as callPlan } from '../calls/sequences.ts'
import type { StepPlan } from './player.ts'

/** A call of the host where the host runs, otherwise of the enclave. */
export type Action = CallAction

export const actions = (most: number): fc.Arbitrary<Action[]> => callActions(most)

/** What the action comes to where things stand. */
export const planOf = (action: Action): StepPlan => callPlan(action)

/** Whether a value that was read is an action. */
export function isAction(value: unknown): value is Action {
  if (typeof value !== 'object' || value === null) return false
  const { host, enclave, numbers } = value as Partial<Action>
  return (
    host !== undefined &&
    host in hostPlans &&
    enclave !== undefined &&
    enclave in enclavePlans &&
    Array.isArray(numbers) &&
    numbers.every(Number.isSafeInteger)
  )
}
