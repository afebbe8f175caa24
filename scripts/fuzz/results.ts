import { type Report, writeReport } from '../../testbench/fuzz/publish.ts'
import { breachText, summaryText } from '../../testbench/fuzz/report/text.ts'
import type { Summary } from '../../testbench/fuzz/summary.ts'
import { exitCode, json, type Terminal } from '../terminal/terminal.ts'

/**
 * Writes what a campaign came to, and prints it whatever becomes of the writing.
 * @param keep writes what else is to be kept
 * @param failure what went wrong before
 * @throws the first failure, if any, when all is said
 */
export async function giveResults(
  { summary, texts, page }: Report,
  terminal: Terminal,
  { keep, asJson, failure }: { keep: () => Promise<void>; asJson: boolean; failure?: unknown },
): Promise<void> {
  let first = failure
  try {
    await writeReport(texts)
    await keep()
  } catch (error) {
    first ??= error
  }
  const places = first === undefined ? `\n\npage: ${page}` : ''
  terminal.print(asJson ? json(summary) : `${summaryText(summary)}${places}\n`)
  if (first === undefined) return
  // What cannot be looked up in the folder is at least here.
  if (!asJson) for (const breach of summary.breaches) terminal.print(`\n${breachText(breach)}\n`)
  throw first
}

/** What a campaign exits with. */
export const codeOf = ({ breaches, interrupted }: Summary): number =>
  breaches.length > 0 ? exitCode.different : interrupted ? exitCode.interrupted : exitCode.success
