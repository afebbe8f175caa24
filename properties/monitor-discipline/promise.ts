import type { Promised } from '../../testbench/fuzz/promise.ts'
import { visitName } from '../../testbench/fuzz/visit-name.ts'

/** The monitor does what it was asked for, and comes back. */
export const monitorDiscipline: Promised = {
  name: 'monitor-discipline',
  statement:
    'Whatever the monitor stores while it serves a call falls in what that call may write; it comes back within a bound, with its locks free.',
  judge: (tell) => ({
    visited(visit) {
      for (const { kind, text } of visit.problems) {
        if (kind !== 'memory' && kind !== 'hang') continue
        tell({ sentence: `${visitName(visit)}: ${text}`, sort: `${visitName(visit)} ${kind}`, order: visit.lastOrder })
      }
    },
  }),
}
