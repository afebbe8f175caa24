import { ownerAt } from '../../monitor/spec/state.ts'
import { differences } from '../../testbench/calls/memory.ts'
import type { Promised } from '../../testbench/fuzz/promise.ts'
import { visitName } from '../../testbench/fuzz/visit-name.ts'
import type { Visit } from '../../testbench/witness/events.ts'
import { isStoreToTemplate } from '../isolation/promise.ts'
import { domainText, hex, ownerText } from '../words.ts'

/** A template is what it was when it was made. */
export const shadowTemplate: Promised = {
  name: 'shadow-template',
  statement:
    'The bytes and page tables of a template are the same from its creation to its destruction, whatever forks, siblings, the host and the monitor’s calls do; what is forked from it measures as it does.',
  judge: (tell) => ({
    trespassed(trespass) {
      if (!isStoreToTemplate(trespass)) return
      const { domain, pa, owner, pc, order } = trespass
      tell({
        sentence: `${domainText(domain)} wrote to ${ownerText(owner)}: physical address ${hex(pa)}, by the instruction at ${hex(pc)}`,
        sort: `${domain === 'host' ? 'host' : 'enclave'} store`,
        order,
      })
    },
    visited(visit) {
      // Of what calls write, the specification knows beforehand only what reports on forks and their templates certify.
      const measured = isReport(visit) && visit.problems.find(({ kind }) => kind === 'written')
      if (measured)
        tell({
          sentence: `${visitName(visit)}: a fork and its template do not measure the same, ${measured.text}`,
          sort: `${visitName(visit)} measurement`,
          order: visit.lastOrder,
        })
      for (const pa of changed(visit)) {
        const owner = ownerText(ownerAt(visit.after.state, pa))
        tell({
          sentence: `${visitName(visit)} changed ${owner}: the byte at ${hex(pa)}`,
          sort: visitName(visit),
          order: visit.lastOrder,
        })
        return
      }
    },
  }),
}

const REPORTS = new Set(['attestEnclave', 'attestShadow', 'getReport'])

const isReport = ({ input }: Visit): boolean => input !== undefined && 'call' in input && REPORTS.has(input.call.call)

/** Bytes of templates, there before and after, that the visit changed: the first of each stretch. */
function* changed({ before, after, memory }: Visit): Generator<bigint> {
  if (before.state.templates.size === 0) return
  const isKept = (pa: bigint): boolean => {
    const owner = ownerAt(before.state, pa)
    return owner?.startsWith('template') === true && ownerAt(after.state, pa) === owner
  }
  const first = before.state.ram.pa
  const pages = memory.changed.filter((page) => isKept(first + BigInt(page) * 4096n))
  for (const { pa } of differences(memory.before, memory.after, pages)) yield pa
}
