import { PAGE_SIZE } from '../../monitor/abi.ts'
import { rootOf } from '../../testbench/calls/compare.ts'
import type { Promised } from '../../testbench/fuzz/promise.ts'
import { visitName } from '../../testbench/fuzz/visit-name.ts'
import type { Trespass, Visit } from '../../testbench/witness/events.ts'
import { concernsCalls, isGranted } from '../visits.ts'
import { domainText, hex, kindOf, ownerText } from '../words.ts'
import { foreignMappings } from './mappings.ts'

const verbs = { load: 'read', store: 'wrote', fetch: 'executed', walk: 'was translated by' } as const

/** Enclaves, the monitor and the host's page tables are out of reach for everyone else. */
export const isolation: Promised = {
  name: 'isolation',
  statement:
    'No instruction outside an enclave reads, writes or executes a page that the enclave owns; nobody but the monitor touches what is the monitor’s; no page that changes hands carries anything over, and neither do registers; nobody executes after a fence.i what memory held before it.',
  judge: (tell) => ({
    trespassed(trespass) {
      if (isStoreToTemplate(trespass)) return
      const { kind, domain, pa, owner, pc, order } = trespass
      const place = kind === 'walk' ? 'a page table in a page' : 'a page'
      tell({
        sentence: `${domainText(domain)} ${verbs[kind]} ${place} of ${ownerText(owner)}: physical address ${hex(pa)}, by the instruction at ${hex(pc)}`,
        sort: `${domain === 'host' ? 'host' : 'enclave'} ${kind} ${kindOf(owner)}`,
        order,
      })
    },
    bypassed({ eid, pc, order }) {
      tell({
        sentence: `the host went on at ${hex(pc)} where enclave ${eid} ran, and the monitor did not see it`,
        sort: 'bypass',
        order,
      })
    },
    executedOld({ domain, pa, pc, order }) {
      tell({
        sentence: `${domainText(domain)} executed at ${hex(pc)} what memory held before the last fence.i: physical address ${hex(pa)}`,
        sort: 'old instruction',
        order,
      })
    },
    visited(visit) {
      const satp = openSpace(visit)
      if (satp !== undefined)
        tell({
          sentence: `the monitor let the host translate by tables of its own: satp ${hex(satp)}`,
          sort: 'satp',
          order: visit.lastOrder,
        })
      for (const { kind, text } of visit.problems) {
        const sentence = sentenceOf(visit, kind, text)
        if (sentence !== undefined) tell({ sentence, sort: `${visitName(visit)} ${kind}`, order: visit.lastOrder })
      }
      const [foreign] = foreignMappings(visit)
      if (foreign !== undefined) {
        const { eid, va, pa, owner } = foreign
        const sentence = `after ${visitName(visit)} enclave ${eid} has a page of ${ownerText(owner)} mapped at ${hex(va)}: physical address ${hex(pa)}`
        tell({ sentence, sort: `${visitName(visit)} enclave maps ${kindOf(owner)}`, order: visit.lastOrder })
      }
    },
    changedSpace({ domain, satp, pc, order }) {
      if (domain !== 'host')
        tell({ sentence: `enclave ${domain} wrote ${hex(satp)} to satp at ${hex(pc)}`, sort: 'enclave satp', order })
    },
  }),
}

/** A store to a template is the template's promise. */
export const isStoreToTemplate = ({ kind, owner }: Trespass): boolean =>
  kind === 'store' && kindOf(owner) === 'template'

function sentenceOf(visit: Visit, kind: string, text: string): string | undefined {
  const during = `during ${visitName(visit)}`
  switch (kind) {
    case 'registers':
      return `after ${visitName(visit)} registers hold what they must not: ${text}`
    case 'zeroed':
      return `${during} a page changed hands with what was in it: ${text}`
    case 'mapping':
      return `after ${visitName(visit)} ${text}`
    case 'domain':
      return concernsCalls(visit) ? undefined : `after ${visitName(visit)} ${text}`
    case 'result':
      return isGranted(visit) && !concernsCalls(visit)
        ? `the monitor granted what it must refuse: ${visitName(visit)}, ${text}`
        : undefined
    default:
      return undefined
  }
}

/** The satp with which the host got away, where its tables are guarded and satp names others. */
function openSpace({ kind, after, before }: Visit): bigint | undefined {
  const { satp, state } = after
  if (kind !== 'service' || satp === before.satp || state.levels === undefined || state.tables === undefined)
    return undefined
  const root = rootOf(satp)
  const isGuarded = satp >> 60n === 8n && root >= state.tables.pa && root + PAGE_SIZE <= state.levels.pmd
  return isGuarded ? undefined : satp
}
