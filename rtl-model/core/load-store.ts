import type { Fault } from '../memory/access.ts'
import type { Core } from './core.ts'
import { PAGE_BYTES } from './state.ts'
import { exceptionCode } from './trap.ts'

/** Data accesses on the slow path: alignment, translation, PMP, the bus, and the record of it. */
export class LoadStore {
  protected readonly core: Core

  constructor(core: Core) {
    this.core = core
  }

  /** A data load of `size` bytes, zero-extended, or undefined where it trapped. */
  load(va: bigint, size: number): bigint | undefined {
    const first = this.#checkedParts(va, size, 'load')
    if (first === undefined) return undefined
    let value = 0n
    for (const part of this.#parts) {
      const bytes = this.core.bus.load(part.pa, part.size)
      if (bytes === undefined) return this.refuse('access', 'load', part.va)
      value |= bytes << BigInt(8 * Number(part.va - va))
    }
    this.core.recorder?.access('load', va, first, size, value, this.#secondPa)
    return value
  }

  /** A data store of the low `size` bytes; false where it trapped. */
  store(va: bigint, size: number, value: bigint): boolean {
    const first = this.#checkedParts(va, size, 'store')
    if (first === undefined) return false
    for (const part of this.#parts) {
      const bytes = value >> BigInt(8 * Number(part.va - va))
      if (!this.core.bus.store(part.pa, part.size, BigInt.asUintN(8 * part.size, bytes))) {
        this.refuse('access', 'store', part.va)
        return false
      }
    }
    this.core.recorder?.access('store', va, first, size, BigInt.asUintN(8 * size, value), this.#secondPa)
    return true
  }

  /** Replaces `size` bytes of memory at `va` by what `value` makes of them; returns them sign-extended. */
  amo(va: bigint, size: 4 | 8, value: (memory: bigint) => bigint): bigint | undefined {
    const pa = this.translateAtomic(va, size, 'store')
    if (pa === undefined) return undefined
    const old = BigInt.asUintN(64, BigInt.asIntN(8 * size, this.core.bus.load(pa, size)!))
    const stored = BigInt.asUintN(8 * size, value(old))
    this.core.recorder?.access('load', va, pa, size, old)
    this.core.bus.store(pa, size, stored)
    this.core.recorder?.access('store', va, pa, size, stored)
    return old
  }

  /**
   * Physical address of an atomic access, which must be in memory and aligned; undefined where it trapped. An AMO asks as a
   * store (unprivileged specification, 13.4). Misaligned, it is an access fault where the core does misaligned accesses.
   */
  translateAtomic(va: bigint, size: number, kind: 'load' | 'store'): bigint | undefined {
    if (va % BigInt(size) !== 0n) {
      return this.core.config.misalignedAccess ? this.refuse('access', kind, va) : this.misaligned(kind, va)
    }
    const pa = this.translateData(va, size, kind)
    if (pa === undefined) return undefined
    const offset = this.core.bus.memoryOffset(pa, size)
    if (offset < 0 || (kind === 'store' && offset < this.core.bus.ramOffset)) return this.refuse('access', kind, va)
    return pa
  }

  reservationBlock(pa: bigint): bigint {
    return pa & ~BigInt(this.core.config.reservationBytes - 1)
  }

  #parts: { va: bigint; pa: bigint; size: number }[] = []
  #secondPa: bigint | undefined

  /**
   * Translates an access and leaves in `#parts` what the bus is to do: one aligned access, or the bytes of a misaligned one.
   * Returns the first physical address, or undefined where the access trapped.
   */
  #checkedParts(va: bigint, size: number, kind: 'load' | 'store'): bigint | undefined {
    const misaligned = va % BigInt(size) !== 0n
    if (misaligned && !this.core.config.misalignedAccess) return this.misaligned(kind, va)
    this.#secondPa = undefined
    const onFirstPage = Math.min(size, PAGE_BYTES - Number(va % BigInt(PAGE_BYTES)))
    const first = this.translateData(va, onFirstPage, kind)
    if (first === undefined) return undefined
    if (!misaligned) {
      this.#parts = [{ va, pa: first, size }]
      return first
    }
    if (onFirstPage < size) {
      this.#secondPa = this.translateData(BigInt.asUintN(64, va + BigInt(onFirstPage)), size - onFirstPage, kind)
      if (this.#secondPa === undefined) return undefined
    }
    this.#parts = Array.from({ length: size }, (_, index) => ({
      va: va + BigInt(index),
      pa: index < onFirstPage ? first + BigInt(index) : this.#secondPa! + BigInt(index - onFirstPage),
      size: 1,
    }))
    return first
  }

  /** Physical address of a data access that does not cross a page, or undefined where it trapped. */
  protected translateData(va: bigint, size: number, kind: 'load' | 'store'): bigint | undefined {
    const pa = this.core.mmu.translate(va, size, kind, this.core.dataContext())
    return typeof pa === 'string' ? this.refuse(pa, kind, va) : pa
  }

  /** Takes the exception that a refused data access is. */
  protected refuse(fault: Fault, kind: 'load' | 'store', va: bigint): undefined {
    this.core.fault(fault, kind, va)
  }

  /** Takes the exception that a misaligned access is on a core that does not do them. */
  protected misaligned(kind: 'load' | 'store', va: bigint): undefined {
    this.core.trap(kind === 'load' ? exceptionCode.loadMisaligned : exceptionCode.storeMisaligned, va)
  }
}

export function createLoadStore(core: Core): LoadStore {
  return new LoadStore(core)
}
