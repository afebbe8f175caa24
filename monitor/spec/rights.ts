/** What each domain may do with each page of memory. */

import { PAGE_SIZE } from '../abi.ts'
import { type Enclave, lent, type Range, relaysOf, type State, topOf } from './state.ts'

/** Who runs, beside the monitor: the host, or an enclave by its eid. */
export type Domain = 'host' | number

/** Bits of a page's rights. `walk` is for page tables that the hart reads when it translates. */
export const right = { read: 1, write: 2, execute: 4, walk: 8 } as const

const ALL = right.read | right.write | right.execute | right.walk
const SHARED = right.read | right.write

/** The rights of a domain on RAM, a byte a page, for reading alone. */
export function rightsOf(state: State, domain: Domain): Uint8Array {
  return domain === 'host' ? hostRights(state) : enclaveRights(state, state.enclaves.get(domain)!)
}

/** The last that was asked for, by the owners that it is for. */
const known = new WeakMap<State['owners'], { levels: State['levels']; rights: Uint8Array }>()

/** The host has what nobody else owns. Once its tables are apart, it is translated by them alone. */
function hostRights({ ram, owners, levels }: State): Uint8Array {
  const last = known.get(owners)
  if (last !== undefined && last.levels === levels) return last.rights
  const guarded = levels !== undefined
  const rights = new Uint8Array(Number(ram.size / PAGE_SIZE)).fill(guarded ? ALL & ~right.walk : ALL)
  const first = Number(ram.pa / PAGE_SIZE)
  for (const run of owners.runs)
    rights.fill(run.owner === 'tables' ? right.read | right.walk : 0, run.first - first, run.end - first)
  known.set(owners, { levels, rights })
  return rights
}

function enclaveRights(state: State, enclave: Enclave): Uint8Array {
  const { ram, templates, shares } = state
  const rights = new Uint8Array(Number(ram.size / PAGE_SIZE))
  const grant = ({ pa, size }: Range, bits: number): void => {
    const first = Number((pa - ram.pa) / PAGE_SIZE)
    rights.fill(bits, first, first + Number(size / PAGE_SIZE))
  }
  for (const range of [enclave.region, ...enclave.mmaps, ...enclave.heap]) grant(range, ALL)
  const template = enclave.template === undefined ? undefined : templates.get(enclave.template)
  if (template !== undefined) grant(template.region, right.read | right.execute)
  for (const range of [...lent(enclave), ...lent(topOf(state, enclave)), ...relaysOf(state, enclave.eid)])
    grant(range, SHARED)
  for (const share of shares.values()) if (share.attached.has(enclave.eid)) grant(share, SHARED)
  return rights
}
