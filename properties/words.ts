/** How promises speak of what they saw. */

import type { Domain } from '../monitor/spec/rights.ts'
import type { Owner } from '../monitor/spec/state.ts'

export const hex = (value: bigint): string => `0x${value.toString(16)}`

export const domainText = (domain: Domain): string => (domain === 'host' ? 'the host' : `enclave ${domain}`)

/** An owner, with its article. */
export function ownerText(owner: Owner | undefined): string {
  if (owner === undefined) return 'no memory'
  if (owner === 'host' || owner === 'monitor') return `the ${owner}`
  if (owner === 'tables') return "the host's guarded page tables"
  if (owner === 'bitmap') return "the monitor's record of owners"
  if (owner === 'pool') return 'memory given to the monitor'
  const [kind, name] = owner.split(' ')
  return {
    enclave: `enclave ${name}`,
    template: `template ${name}`,
    relay: `relay region ${name}`,
    share: `shared memory ${name}`,
  }[kind]!
}

/** An owner without its number, for sorting. */
export const kindOf = (owner: Owner | undefined): string => owner?.split(' ')[0] ?? 'no memory'
