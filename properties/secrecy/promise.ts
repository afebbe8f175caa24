import type { Domain } from '../../monitor/spec/rights.ts'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { CLINT } from '../../rtl-model/devices/memory-map.ts'
import { registerNames } from '../../rtl-model/isa/registers.ts'
import type { Breach, Pair, Promised } from '../../testbench/fuzz/promise.ts'
import type { Handover, Seen, Sight } from '../../testbench/fuzz/sight.ts'
import { domainText, hex, kindOf, ownerText } from '../words.ts'

/** What an enclave keeps to itself changes nothing for anyone else. */
export const secrecy: Promised = {
  name: 'secrecy',
  statement:
    'Two runs that differ in nothing but a secret of an enclave, which the enclave itself tells nobody, are the same for everyone else: registers, memory and traps.',
  judge: () => ({}),
  judgePair: (tell) => (pair) => {
    const difference = firstDifference(pair)
    if (difference !== undefined && difference !== 'clock') tell(difference)
  },
}

/** Nor does it change when anything happens. */
export const secrecyTiming: Promised = {
  name: 'secrecy-timing',
  statement:
    'Two runs that differ in nothing but a secret of an enclave, which it handles without branches or addresses that depend on it, take everyone else the same cycles.',
  judge: () => ({}),
  judgePair: (tell) => (pair) => {
    const { one, other, eid, hasTiming } = pair
    const at = one.firstOtherCycle(other)
    if (!hasTiming || at === undefined || at >= Math.min(one.length, other.length)) return
    // Behind the first that is not the same instruction, cycles cannot be compared.
    if (at > (one.firstOther(other) ?? at)) return
    const { domain, pc, order, cycle } = one.at(at)
    const late = other.at(at).cycle - cycle
    const how = late < 0n ? `${-late} cycles earlier` : `${late} cycles later`
    tell({
      sentence: `${domainText(domain)} comes to ${hex(pc)} ${how} with another secret in enclave ${eid}`,
      sort: `${kind(domain)} cycles`,
      order,
    })
  },
}

type Told = Omit<Breach, 'promise'>

const kind = (domain: Domain): string => (domain === 'host' ? 'host' : 'enclave')

/** The first thing by which the others can tell the runs apart; 'clock' where that is what a clock shows. */
function firstDifference({ one, other, eid, lastOrder, memory, otherBreach }: Pair): Told | 'clock' | undefined {
  const by = `by the secret of enclave ${eid}`
  const at = one.firstOther(other)
  const seen = at !== undefined && at < one.length ? one.at(at) : undefined
  const handover = firstOtherHandover(one, other)
  if (handover !== undefined && (seen === undefined || handover.left.order < seen.order)) {
    const { left, right } = handover
    if (isClock(trapOf(one, left))) return 'clock'
    const { domain, order } = left
    const sentence = `the monitor leaves ${domainText(domain)} ${handoverText(left, right)}, ${by}`
    return { sentence, sort: `${kind(domain)} handover`, order }
  }
  if (seen !== undefined && at! < other.length) {
    if (isClock(seen)) return 'clock'
    const [what, text] = seenText(seen, other.at(at!))
    const { domain, order } = seen
    return { sentence: `${domainText(domain)} ${text}, ${by}`, sort: `${kind(domain)} ${what}`, order }
  }
  if (otherBreach !== undefined) {
    const { promise, sentence, sort } = otherBreach
    return {
      sentence: `with another secret in enclave ${eid} ${sentence}`,
      sort: `${promise} ${sort}`,
      order: lastOrder,
    }
  }
  if (at !== undefined) {
    const { domain, pc } = seen ?? other.at(at)
    return {
      sentence: `${domainText(domain)} comes to ${hex(pc)} or not, ${by}`,
      sort: `${kind(domain)} path`,
      order: lastOrder,
    }
  }
  const [first] = memory
  if (first === undefined) return undefined
  const { pa, owner } = first
  return {
    sentence: `memory of ${ownerText(owner)} at ${hex(pa)} is not the same, ${by}`,
    sort: `memory ${kindOf(owner)}`,
    order: lastOrder,
  }
}

function firstOtherHandover(one: Sight, other: Sight): { left: Handover; right: Handover } | undefined {
  for (const [index, left] of one.handovers.entries()) {
    const right = other.handovers[index]
    if (right !== undefined && handoverText(left, right) !== undefined) return { left, right }
  }
  return undefined
}

/** In what two handovers differ, as their domains see it. */
function handoverText(left: Handover, right: Handover): string | undefined {
  const [a, b] = [left.standing, right.standing]
  if (left.domain !== right.domain) return `or ${domainText(right.domain)} running`
  if (a.privilege !== b.privilege) return 'running or does not come back'
  if (a.privilege === undefined) return undefined
  const number = a.registers.findIndex((value, index) => value !== b.registers[index])
  if (number >= 0) return `${registerNames[number]} ${hex(a.registers[number])} or ${hex(b.registers[number])}`
  return a.pc === b.pc ? undefined : `at ${hex(a.pc)} or ${hex(b.pc)}`
}

/** In what two retirements differ: of which sort it is, and a sentence's end. */
function seenText(a: Seen, b: Seen): [sort: string, text: string] {
  const either = (left: bigint, right: bigint): string => `${hex(left)} or ${hex(right)}`
  if (a.pc !== b.pc) return ['path', `goes on at ${either(a.pc, b.pc)}`]
  const place = `at ${hex(a.pc)}`
  if (a.isTrap !== b.isTrap) return ['trap', `traps or does not ${place}`]
  if (a.isTrap) return ['trap', `traps ${place} with cause ${either(a.result, b.result)}, value ${either(a.va, b.va)}`]
  if (a.result !== b.result) return ['register', `gets ${either(a.result, b.result)} ${place}`]
  if (a.stored !== b.stored) return ['store', `stores ${either(a.stored, b.stored)} ${place}`]
  if (a.va !== b.va) return ['address', `goes to ${either(a.va, b.va)} ${place}`]
  return ['instruction', `has ${either(BigInt(a.instruction), BigInt(b.instruction))} for an instruction ${place}`]
}

/** What entered the monitor before it left the hart so, where that was an instruction that the others see. */
function trapOf(sight: Sight, { order }: Handover): Seen | undefined {
  for (let index = sight.length - 1; index >= 0; index--) if (sight.at(index).order === order) return sight.at(index)
  return undefined
}

const COUNTERS = 32
const MTIME = CLINT.base + 0xbff8n

/** Whether the instruction reads a counter, or the clock of the machine. */
function isClock(seen: Seen | undefined): boolean {
  if (seen === undefined) return false
  const { instruction, pa } = seen
  const csr = instruction >>> 20
  const isSystem = (instruction & 0x7f) === 0x73 && (instruction & 0x7000) !== 0
  return (isSystem && csr >= csrAddress.cycle && csr < csrAddress.cycle + COUNTERS) || (pa >= MTIME && pa < MTIME + 8n)
}
