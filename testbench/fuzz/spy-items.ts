/** How a host spies on what it may not read: by what is in the data cache afterwards. */

import { hostRegisters, PAGE_SIZE, SM_BASE, SM_SIZE, setPte } from '../../monitor/abi.ts'
import { LINE_BYTES } from '../../rtl-model/memory/icache.ts'
import { isSame, type PhysicalMemory, readWord } from '../calls/memory.ts'
import type { Pick } from '../calls/pick.ts'
import { RAM } from '../calls/places.ts'
import { HOST_ROOT, ownPage } from './addresses.ts'
import type { ItemPlan } from './items.ts'

const PAGE = Number(PAGE_SIZE)
const LINES = PAGE / LINE_BYTES
const WORD = 8
/** Words that are tried one after the other. */
const WORDS = 16
/** Words below the end of a stack among which there may be something of interest. */
const DEPTH = 128
/** Entries of one page of a table, at each of which the next level parts its share of memory. */
const ENTRIES = 512n
const HUGE_SHIFT = 21n
/** A leaf with all rights of the kernel. */
const LEAF = 0xcfn
const [LOADED, FOUND] = [28, 29]

/**
 * Loads of the monitor's memory, which PMP refuses; behind each, where nothing of it should reach, another load from a line
 * of a page of the host's own, by what the first would have loaded. In the end all lines of that page are loaded: those that
 * take less time were there. Where the host has not mapped the monitor's memory, it asks for that, and no more: its call
 * would write over what it is after.
 */
export const refusedLoads: ItemPlan = (code, { position: { memory }, pick }) => {
  const entry = entryOfMonitor(memory)
  if (entry === undefined) return
  if (readWord(memory, entry) === 0n) {
    const value = ((SM_BASE / PAGE_SIZE) << 10n) | LEAF
    const call = { call: 'setPte', operation: setPte.SET_PTE_ONE, pa: entry, value, size: 0n } as const
    if (code.holdArguments(hostRegisters(call))) code.op('ecall')
    return
  }
  const array = ownPage(pick)
  const [low, high] = [code.hold(array), code.hold(array + PAGE_SIZE / 2n)]
  const from = code.hold(wordOfMonitor(memory, pick))
  const byte = pick.once(2) ? pick.below(WORD) : 0
  // A load whose translation is not there yet would not be done on the way to a trap.
  code.op('ld', { rd: FOUND, rs1: low })
  for (let at = 0; at < WORDS; at++) {
    code.op('lbu', { rd: LOADED, rs1: from, immediate: at * WORD + byte })
    code.op('andi', { rd: LOADED, rs1: LOADED, immediate: LINES - 1 })
    code.op('slli', { rd: LOADED, rs1: LOADED, immediate: Math.log2(LINE_BYTES) })
    code.op('add', { rd: LOADED, rs1: LOADED, rs2: low })
    code.op('ld', { rd: FOUND, rs1: LOADED })
  }
  for (let line = 0; line < LINES; line++) {
    const rs1 = line < LINES / 2 ? low : high
    code.op('ld', { rd: FOUND, rs1, immediate: (line % (LINES / 2)) * LINE_BYTES })
  }
}

/** The entry of the host's tables by which it can map the monitor's memory in one piece. */
function entryOfMonitor(memory: PhysicalMemory): bigint | undefined {
  const pointer = readWord(memory, HOST_ROOT + (SM_BASE >> 30n) * 8n) ?? 0n
  if ((pointer & 0xfn) !== 1n) return undefined
  return (BigInt.asUintN(54, pointer) >> 10n) * PAGE_SIZE + ((SM_BASE >> HUGE_SHIFT) % ENTRIES) * 8n
}

const ZEROS = new Uint8Array(PAGE)

/** Mostly near the end of what the monitor has in use, where its stack is; else anywhere. */
function wordOfMonitor({ page }: PhysicalMemory, pick: Pick): bigint {
  if (pick.once(4))
    return SM_BASE + BigInt(pick.below(Number(SM_SIZE) / PAGE)) * PAGE_SIZE + BigInt(pick.below(PAGE / WORD) * WORD)
  const first = Number((SM_BASE - RAM.pa) / PAGE_SIZE)
  let last = first + Number(SM_SIZE) / PAGE - 1
  while (last > first && isSame(page(last), ZEROS)) last--
  const end = RAM.pa + BigInt(last + 1) * PAGE_SIZE
  return end - BigInt(WORD * (1 + pick.below(DEPTH)))
}
