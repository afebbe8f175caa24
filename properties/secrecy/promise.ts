import type { Domain } from '../../monitor/spec/rights.ts'
import { csrAddress } from '../../rtl-model/core/csr/addresses.ts'
import { CLINT } from '../../rtl-model/devices/memory-map.ts'
import { registerNames } from '../../rtl-model/isa/registers.ts'
import type { Breach, Pair, Promised } from '../../testbench/fuzz/promise.ts'
import type { Rest, Seen, Sight } from '../../testbench/fuzz/sight.ts'
import { domainText, hex, kindOf, ownerText } from '../words.ts'

/** What an enclave keeps to itself changes nothing for anyone else. */
export const secrecy: Promised = {
  name: 'secrecy',
  statement:
    'Two runs that differ in nothing but a secret of an enclave, which the enclave itself tells nobody, are the same for everyone else: registers, memory and traps.',
  judge: () => ({}),
  judgePair: (tell) => (pair) => {
    const difference = firstDifference(pair)
    if (difference !== undefined) tell(difference)
  },
}

/** Nor does it change when anything happens. */
export const secrecyTiming: Promised = {
  name: 'secrecy-timing',
  statement:
    'Two runs that differ in nothing but a secret of an enclave, which it handles without branches or addresses that depend on it, take everyone else the same cycles.',
  needsTiming: true,
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

/** The first thing by which the others can tell the runs apart, unless a clock may have told them. */
function firstDifference({ one, other, eid, lastOrder, memory, otherBreach }: Pair): Told | undefined {
  const by = `by the secret of enclave ${eid}`
  const at = one.firstOther(other)
  const rest = firstOtherRest(one, other)
  if (isTold(one, other, Math.min(at ?? one.length, rest?.left.at ?? one.length))) return undefined
  if (rest !== undefined && (at === undefined || rest.left.at <= at)) {
    const { domain, order } = rest.left
    const sentence = `${domainText(domain)} is left ${restText(rest.left, rest.right)}, ${by}`
    return { sentence, sort: `${kind(domain)} rest`, order }
  }
  if (at !== undefined && at < Math.min(one.length, other.length)) {
    const seen = one.at(at)
    const [what, text] = seenText(seen, other.at(at))
    const { domain, order } = seen
    return { sentence: `${domainText(domain)} ${text}, ${by}`, sort: `${kind(domain)} ${what}`, order }
  }
  if (otherBreach !== undefined) {
    const { promise, sentence, sort } = otherBreach
    const order = lastOrder
    return { sentence: `with another secret in enclave ${eid} ${sentence}`, sort: `${promise} ${sort}`, order }
  }
  if (at !== undefined) {
    const { domain, pc } = at < one.length ? one.at(at) : other.at(at)
    const sentence = `${domainText(domain)} comes to ${hex(pc)} or not, ${by}`
    return { sentence, sort: `${kind(domain)} path`, order: lastOrder }
  }
  const [first] = memory
  if (first === undefined) return undefined
  const { pa, owner } = first
  const sentence = `memory of ${ownerText(owner)} is not the same at ${hex(pa)}, ${by}`
  return { sentence, sort: `memory of ${kindOf(owner)}`, order: lastOrder }
}

/** Whether somebody read a clock up to there, when it was not the same time any more: that is for the other promise. */
function isTold(one: Sight, other: Sight, at: number): boolean {
  const late = one.firstOtherCycle(other)
  if (late === undefined || late > at) return false
  for (let index = 0; index <= at && index < one.length; index++) if (isClock(one.at(index))) return true
  return false
}

function firstOtherRest(one: Sight, other: Sight): { left: Rest; right: Rest } | undefined {
  for (const [index, left] of one.rests.entries()) {
    const right = other.rests[index]
    if (right !== undefined && restText(left, right) !== undefined) return { left, right }
  }
  return undefined
}

/** In what two ends of a step differ for whoever runs then. */
function restText(a: Rest, b: Rest): string | undefined {
  if (a.domain !== b.domain) return `running, or ${domainText(b.domain)}`
  if (a.privilege !== b.privilege) return `with privilege ${a.privilege} or ${b.privilege}`
  // The monitor does not come back: what it has in registers is its own.
  if (a.privilege === 3) return undefined
  const number = a.registers.findIndex((value, index) => value !== b.registers[index])
  if (number >= 0) return `with ${registerNames[number]} ${hex(a.registers[number])} or ${hex(b.registers[number])}`
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

const COUNTERS = 32
const MTIME = CLINT.base + 0xbff8n

/** Whether the instruction reads a counter, or the clock of the machine. */
function isClock({ instruction, pa }: Seen): boolean {
  const csr = instruction >>> 20
  const isSystem = (instruction & 0x7f) === 0x73 && (instruction & 0x7000) !== 0
  return (isSystem && csr >= csrAddress.cycle && csr < csrAddress.cycle + COUNTERS) || (pa >= MTIME && pa < MTIME + 8n)
}
