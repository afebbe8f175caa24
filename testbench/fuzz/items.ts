/** What random code is made of. */

import fc from 'fast-check'
import { Pick } from '../calls/pick.ts'
import type { Position } from '../calls/play.ts'
import { weighted } from '../calls/sequences.ts'
import type { CodeWriter } from './code-writer.ts'
import * as flow from './flow-items.ts'
import * as memory from './memory-items.ts'
import { refusedLoads } from './spy-items.ts'
import * as system from './system-items.ts'

export type Attacker = 'host' | 'enclave'

/** Where an item stands. */
export interface Place {
  readonly position: Position
  readonly by: Attacker
  readonly pick: Pick
  /** A word that no other item has, for labels of its own. */
  readonly name: string
  /** Labels of the items that follow, the nearest first, and of the end. */
  readonly ahead: readonly string[]
}

/** Writes an item's instructions: they end at the next item or in a trap, whatever is in memory. */
export type ItemPlan = (code: CodeWriter, place: Place) => void

/** By name, with how often each is wanted of a host: more than half of them access memory. */
export const hostItems = {
  access: [46, memory.access],
  compactAccess: [5, memory.compactAccess],
  reserve: [3, memory.reserve],
  editEntry: [4, memory.editEntry],
  forgeTables: [3, memory.forgeTables],
  storeAndExecute: [3, flow.storeAndExecute],
  selfModify: [2, flow.selfModify],
  jump: [6, flow.jump],
  branch: [5, flow.branch],
  compute: [4, flow.compute],
  compactCompute: [2, flow.compactCompute],
  illegal: [4, flow.illegal],
  readCounter: [1, system.readCounter],
  readCsr: [5, system.readCsr],
  writeCsr: [6, system.writeCsr],
  status: [4, system.status],
  space: [4, system.space],
  fenceVma: [6, system.fenceVma],
  fence: [2, system.fence],
  sret: [2, system.sret],
  privileged: [2, system.privileged],
  callBetween: [3, system.callBetween],
  // Shows only in how long things take: of cases in which that is compared.
  refusedLoads: [0, refusedLoads],
} as const satisfies Record<string, readonly [number, ItemPlan]>

/** The last ones mostly end the enclave, and are seldom. */
export const enclaveItems = {
  access: [120, memory.access],
  compactAccess: [16, memory.compactAccess],
  reserve: [10, memory.reserve],
  storeAndExecute: [6, flow.storeAndExecute],
  selfModify: [8, flow.selfModify],
  branch: [16, flow.branch],
  compute: [16, flow.compute],
  compactCompute: [8, flow.compactCompute],
  fence: [8, system.fence],
  readCounter: [6, system.readCounter],
  jump: [1, flow.jump],
  illegal: [1, flow.illegal],
  readCsr: [1, system.readCsr],
  writeCsr: [1, system.writeCsr],
  fenceVma: [1, system.fenceVma],
  privileged: [1, system.privileged],
} as const satisfies Record<string, readonly [number, ItemPlan]>

/** What a host does there, or an enclave, and the numbers that it takes its choices from. */
export interface Item {
  readonly host: keyof typeof hostItems
  readonly enclave: keyof typeof enclaveItems
  readonly numbers: readonly number[]
}

const CHOICES = 12
const MOST = 12

const numbers = fc.array(fc.nat(0xffff), { minLength: CHOICES, maxLength: CHOICES })

export const items: fc.Arbitrary<Item[]> = fc.array(
  fc.record({ host: weighted(hostItems), enclave: weighted(enclaveItems), numbers }),
  { minLength: 1, maxLength: MOST, size: 'max' },
)

/** One item, of these names. */
export const itemOf = (host: Item['host'], enclave: Item['enclave']): fc.Arbitrary<Item> =>
  fc.record({ host: fc.constant(host), enclave: fc.constant(enclave), numbers })

/** Writes items one behind the other; the label `end` follows. */
export function writeItems(code: CodeWriter, list: readonly Item[], position: Position, by: Attacker): void {
  const labels = [...list.map((_, index) => `item ${index}`), 'end']
  for (const [index, { host, enclave, numbers }] of list.entries()) {
    code.label(labels[index])
    const [, plan] = by === 'host' ? hostItems[host] : enclaveItems[enclave]
    plan(code, { position, by, pick: new Pick(numbers), name: labels[index], ahead: labels.slice(index + 1) })
  }
  code.label('end')
}
