import { another, type Flavour, pick, weighted, wide } from './choice.ts'
import { area, COMMON, CONTROL, RAM_BASE, USER_ALIAS } from './layout.ts'
import { tableAddressed } from './page-tables.ts'
import { hotOffset } from './pmp.ts'

/** Registers that hold addresses; those that compressed instructions reach are among them. */
export const pointerRegisters = [2, 8, 9, 14, 15, 24, 25, 26, 27]
export const compactPointers = [8, 9, 14, 15]
/** Registers that instructions may write as they like. */
export const freeRegisters = [0, 3, 4, 5, 6, 7, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 28]
export const compactFree = [10, 11, 12, 13]
export const LINK = 1
/** Counts the passes of a loop. */
export const LOOP = 29
/** Registers that the trap handlers use. */
export const SCRATCH = 30
export const SCRATCH2 = 31

/** What the addresses of a segment are seen from. */
export interface View {
  base: bigint
  ramBytes: number
  flavour: Flavour
  privilege: 0 | 1 | 3
  /** Whether loads and stores are translated. */
  translated: boolean
  /** Whether loads and stores are checked as those of M-mode. */
  machine: boolean
}

/** Distance from the start of a page: aligned somewhere, or about the end of the page or of a line. */
function pageOffset(choice: number): bigint {
  const inPage = (choice >>> 4) % 4096
  return BigInt(
    weighted(
      [
        [40, inPage & ~7],
        [1, inPage],
        [2, 4096 - ((choice >>> 4) % 16)],
        [1, (inPage & ~63) - ((choice >>> 20) % 8)],
        [1, 0],
      ] as const,
      choice,
    ),
  )
}

/** An address for loads, stores and atomics: mostly one where something is. */
export function pointer(view: View, choice: number): bigint {
  const { base, flavour } = view
  const offset = pageOffset(another(choice, 1))
  const data = base + area.data.offset + 0x1000n * BigInt((choice >>> 8) % 3) + offset
  const anywhere = wide(another(choice, 2), another(choice, 3))
  const wild = flavour === 'wild'
  // Nothing keeps M-mode from writing code or tables; portable programs do so by other means.
  const harmless = !wild && view.machine
  const user = view.translated && view.privilege === 0
  const hot = base + area.data.offset + (hotOffset(another(choice, 5)) & ~7n)
  const ownData = user ? data + USER_ALIAS : data
  return BigInt.asUintN(
    64,
    weighted<bigint>(
      [
        [52, ownData],
        [10, user ? hot + USER_ALIAS : hot],
        [view.translated ? 14 : harmless ? 0 : 1, tableAddressed(another(choice, 4)) + offset],
        [view.privilege === 0 ? 1 : 4, data],
        [harmless ? 0 : 1, data + USER_ALIAS],
        [1, COMMON + BigInt(choice >>> 17)],
        [harmless ? 0 : 1, base + (offset & 0xfffn) + 0x1000n * BigInt((choice >>> 8) % 8)],
        [harmless ? 0 : 1, base + area.tables.offset + (offset & 0xfffn) + 0x1000n * BigInt((choice >>> 8) % 8)],
        [harmless ? 0 : 1, CONTROL + (offset & 0x18n)],
        [1, RAM_BASE + BigInt(view.ramBytes) - BigInt((choice >>> 8) % 16)],
        [1, anywhere >> BigInt((choice >>> 8) % 60)],
        [1, anywhere | (0xffff_ffc0n << 32n)],
        [1, (1n << BigInt(30 + ((choice >>> 8) % 34))) - BigInt(choice % 9)],
        [wild ? 1 : 0, deviceAddress(choice >>> 8)],
      ],
      choice,
    ),
  )
}

/** Words of the CLINT, PLIC, UART and test finisher. */
const deviceAddresses = [
  ...[0x200_0000n, 0x200_4000n, 0x200_bff8n, 0xc00_0004n, 0xc00_2000n, 0xc20_0004n],
  ...[0x1000_0000n, 0x1000_0001n, 0x10_0008n, 0x1000n, 0x1018n],
]

export const deviceAddress = (choice: number): bigint => pick(deviceAddresses, choice)

/** Values that arithmetic finds interesting. */
export function value(choice: number): bigint {
  const anything = wide(another(choice, 1), another(choice, 2))
  return BigInt.asUintN(
    64,
    weighted<bigint>(
      [
        [4, anything],
        [3, BigInt.asIntN(32, anything)],
        [2, BigInt.asIntN(6, anything)],
        [2, 1n << (anything & 63n)],
        [1, -(1n << (anything & 63n))],
        [1, pick([0n, 1n, -1n, 1n << 63n, (1n << 63n) - 1n, 1n << 31n, (1n << 31n) - 1n, 0xffff_ffffn], choice >>> 8)],
      ],
      choice,
    ),
  )
}

/** What x1 to x29 hold when a segment begins. */
export function initialRegisters(view: View, seed: number): bigint[] {
  return Array.from({ length: 30 }, (_, register) => {
    const choice = another(seed, register)
    if (register === LOOP) return BigInt(choice % 16)
    return pointerRegisters.includes(register) ? pointer(view, choice) : value(choice)
  })
}
