import type { SystemFunction } from '../../../rtl-model/core/system.ts'
import { LINE_BYTES } from '../../../rtl-model/memory/icache.ts'
import type { Fault } from '../fault.ts'
import { withActions } from '../units.ts'

const flushingLate: SystemFunction = (core, { next }) => {
  const { icache, mmu } = core
  const pa = mmu.translate(next, 2, 'fetch', core.fetchContext())
  const line = typeof pa === 'bigint' ? icache.lookup(pa) : -1
  const old = icache.data.u8.slice(line * LINE_BYTES, (line + 1) * LINE_BYTES)
  icache.flush()
  if (typeof pa === 'bigint' && line >= 0) icache.data.u8.set(old, icache.fill(pa) * LINE_BYTES)
  core.fetchEpoch++
  return next
}

export const fetchResumesBeforeFlush: Fault = {
  kind: 'fault',
  id: 'F01',
  title: 'Fetch goes on before fence.i is done: the line behind it, if it was cached, is executed as it was.',
  source: 'cva6 #2972',
  certainty: 'M',
  breaks: ['architecture'],
  units: () => withActions({ 'fence.i': flushingLate }),
}
