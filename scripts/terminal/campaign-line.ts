import type { SingleBar } from 'cli-progress'
import { clock, deepWalks, grouped } from '../../testbench/fuzz/report/words.ts'
import type { Summary } from '../../testbench/fuzz/summary.ts'
import type { Terminal } from './terminal.ts'

/** What the line tells of a campaign under way. */
export type CampaignState = Pick<Summary, 'seconds' | 'cases' | 'casesPerSecond' | 'reached' | 'promises'>

/** A line on the terminal that tells where a campaign is; nothing where there is no terminal. */
export interface CampaignLine {
  update(state: CampaignState): void
  /** Writes something of which the line stays below. */
  above(text: string): void
  /** Takes the line away for good. */
  stop(): void
}

/** Where a campaign is, in one line. */
export function campaignText({ seconds, cases, casesPerSecond, reached, promises }: CampaignState): string {
  const { calls, errors, walks, states } = reached
  const broken = promises.filter(({ breaches }) => breaches > 0)
  const total = broken.reduce((sum, { breaches }) => sum + breaches, 0)
  const each = broken.map(({ name, breaches }) => `${name} ${breaches}`).join(', ')
  return [
    `  ${clock(seconds)}  ${grouped(cases)} cases  ${grouped(Math.round(casesPerSecond))}/s `,
    `calls ${calls.made}/${calls.of}  errors ${errors}  walks 3-deep ${deepWalks(walks)} %  states ${states} `,
    `breaches ${total}${total === 0 ? '' : ` (${each})`}`,
  ].join('  ')
}

export async function createCampaignLine(terminal: Terminal): Promise<CampaignLine> {
  const { progress: stream } = terminal
  if (stream === undefined) return { update() {}, above: (text) => terminal.say(text), stop() {} }
  const { default: cliProgress } = await import('cli-progress')
  let bar: SingleBar | undefined
  let last = ''
  const show = (): void => {
    bar = new cliProgress.SingleBar({ stream, format: '{line}', clearOnComplete: true, hideCursor: true })
    bar.start(1, 0, { line: last })
  }
  return {
    update(state) {
      last = campaignText(state)
      if (bar === undefined) show()
      else bar.update({ line: last })
    },
    above(text) {
      bar?.stop()
      terminal.say(text)
      if (bar !== undefined) show()
    },
    stop() {
      bar?.stop()
      bar = undefined
    },
  }
}
