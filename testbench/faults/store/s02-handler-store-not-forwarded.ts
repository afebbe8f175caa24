import type { Core } from '../../../rtl-model/core/core.ts'
import { LoadStore } from '../../../rtl-model/core/load-store.ts'
import { type SystemFunction, systemActions } from '../../../rtl-model/core/system.ts'
import type { Fault } from '../fault.ts'
import { withActions, withLoadStore, withMmu } from '../units.ts'
import { AskingMmu } from './asking-mmu.ts'

const PA = 0
const SIZE = 1
const OLD = 2
/** 1 between mret and the next load or store. */
const RETURNED = 3

class UnforwardedStore extends LoadStore {
  /** The last store of M, as PA, SIZE (0 where there is none) and OLD. */
  readonly last: BigUint64Array

  constructor(core: Core) {
    super(core)
    this.last = core.stateAllocator.allocate(4 * 8).u64
  }

  override store(va: bigint, size: number, value: bigint): boolean {
    const { bus, hart, mmu } = this.core
    const pa = hart.privilege === 3 ? mmu.translate(va, size, 'store', this.core.dataContext()) : 'page'
    const old = typeof pa === 'bigint' && va % BigInt(size) === 0n ? bus.load(pa, size) : undefined
    const isStored = super.store(va, size, value)
    this.last.fill(0n)
    if (isStored && typeof pa === 'bigint' && old !== undefined && bus.memoryOffset(pa, size) >= 0) {
      this.last.set([pa, BigInt(size), old, 0n])
    }
    return isStored
  }

  override load(va: bigint, size: number): bigint | undefined {
    const isFirst = this.last[RETURNED] === 1n && this.last[SIZE] === BigInt(size)
    if (this.last[RETURNED] === 1n) this.last[SIZE] = 0n
    this.last[RETURNED] = 0n
    if (!isFirst || va % BigInt(size) !== 0n) return super.load(va, size)
    const pa = this.translateData(va, size, 'load')
    if (pa !== this.last[PA]) return pa === undefined ? undefined : super.load(va, size)
    this.core.recorder?.access('load', va, pa, size, this.last[OLD])
    return this.last[OLD]
  }
}

const returning: SystemFunction = (core, operands) => {
  const to = systemActions.mret(core, operands)
  if (to !== undefined && core.loadStore instanceof UnforwardedStore) core.loadStore.last[RETURNED] = 1n
  return to
}

export const handlerStoreNotForwarded: Fault = {
  kind: 'fault',
  id: 'S02',
  title:
    'The first load after mret gets what was there before the last store of the handler, if that was to the same place.',
  source: 'boom #790',
  certainty: 'R',
  breaks: ['architecture'],
  units: () => ({ ...withMmu(AskingMmu), ...withLoadStore(UnforwardedStore), ...withActions({ mret: returning }) }),
}
