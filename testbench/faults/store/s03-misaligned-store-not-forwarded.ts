import type { Core } from '../../../rtl-model/core/core.ts'
import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import type { Fault } from '../fault.ts'
import { withLoadStore, withMmu } from '../units.ts'
import { AskingMmu } from './asking-mmu.ts'

class UnforwardedBytes extends LoadStore {
  /** The last access, where it was a misaligned store in one page, as PA, SIZE (0 otherwise) and OLD. */
  readonly last: BigUint64Array

  constructor(core: Core) {
    super(core)
    this.last = core.stateAllocator.allocate(3 * 8).u64
  }

  override store(va: bigint, size: number, value: bigint): boolean {
    const { bus, mmu } = this.core
    const isInPage = (va & 0xfffn) + BigInt(size) <= 0x1000n
    const isWatched = isInPage && va % BigInt(size) !== 0n
    const pa = isWatched ? mmu.translate(va, size, 'store', this.core.dataContext()) : 'page'
    const old = typeof pa === 'bigint' && bus.memoryOffset(pa, size) >= 0 ? bus.load(pa, size) : undefined
    const isStored = super.store(va, size, value)
    this.last.fill(0n)
    if (isStored && typeof pa === 'bigint' && old !== undefined) this.last.set([pa, BigInt(size), old])
    return isStored
  }

  override load(va: bigint, size: number): bigint | undefined {
    const [stored, bytes, old] = this.last
    this.last.fill(0n)
    if (bytes === 0n || va % BigInt(size) !== 0n) return super.load(va, size)
    const pa = this.translateData(va, size, 'load')
    if (pa === undefined) return undefined
    const value = this.core.bus.load(pa, size)
    if (value === undefined) return super.load(va, size)
    const mixed = withBytes(value, size, old, Number(bytes), Number(stored - pa))
    this.core.recorder?.access('load', va, pa, size, mixed)
    return mixed
  }
}

/** `value` of `size` bytes with those of `other` that lie in it; `other` begins at byte `from` of it, which may be negative. */
function withBytes(value: bigint, size: number, other: bigint, otherSize: number, from: number): bigint {
  let mixed = value
  for (let byte = Math.max(0, from); byte < Math.min(size, from + otherSize); byte++) {
    const shift = BigInt(8 * byte)
    const bits = (other >> BigInt(8 * (byte - from))) & 0xffn
    mixed = (mixed & ~(0xffn << shift)) | (bits << shift)
  }
  return mixed
}

export const misalignedStoreNotForwarded: Fault = {
  kind: 'fault',
  id: 'S03',
  title: 'A load right after a misaligned store that it overlaps in part gets the bytes that were there before.',
  source: 'xs #6294',
  certainty: 'M',
  breaks: ['architecture'],
  config: { misalignedAccess: true },
  units: () => ({ ...withMmu(AskingMmu), ...withLoadStore(UnforwardedBytes) }),
}
