import type { Promised } from '../../testbench/fuzz/promise.ts'
import { visitName } from '../../testbench/fuzz/visit-name.ts'
import { concernsCalls, isGranted } from '../visits.ts'
import { hex } from '../words.ts'

/** Calls between enclaves are sequential, and none of them keeps the hart. */
export const serverCalls: Promised = {
  name: 'server-calls',
  statement:
    'The calls under way form a simple path of which only the tail runs; each return goes once to the caller that waits for it; memory that is passed has one owner at each instant; handles keep their meaning; a caller finds its registers as it left them; nobody waits for ever.',
  judge: (tell) => ({
    overstayed({ eid, pc, order }) {
      tell({
        sentence: `enclave ${eid} goes on at ${hex(pc)} although the timer interrupts it: the host waits for ever`,
        sort: 'timer',
        order,
      })
    },
    visited(visit) {
      if (!concernsCalls(visit)) return
      for (const { kind, text } of visit.problems) {
        if (kind !== 'domain' && kind !== 'pc' && !(kind === 'result' && isGranted(visit))) continue
        tell({
          sentence: `after ${visitName(visit)} in a chain of calls ${text}`,
          sort: `${visitName(visit)} ${kind}`,
          order: visit.lastOrder,
        })
      }
    },
  }),
}
