import type { Retirement } from '../rtl-model/core/retirement.ts'
import { RvfiWriter } from './rvfi/writer.ts'
import { spikeText } from './spike/writer.ts'

export const traceFormats = ['spike', 'rvfi'] as const
export type TraceFormat = (typeof traceFormats)[number]

/**
 * What turns retirements into the text of a trace, one after the other: the line with its line feed, or nothing for what
 * the format does not show. `csrName` gives a CSR's name by its number.
 */
export function traceText(format: TraceFormat, csrName: (csr: number) => string): (retirement: Retirement) => string {
  if (format === 'spike') return (retirement) => spikeText(retirement, csrName)
  const writer = new RvfiWriter(csrName)
  return (retirement) => writer.line(retirement)
}
