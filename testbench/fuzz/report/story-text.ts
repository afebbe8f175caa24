import type { Story, TraceLine } from '../story.ts'

/** A story as a person reads it on a terminal. */
export function storyText({ finding, steps, trace, explain, breach, replayLine }: Story): string {
  const { promise, sentence, stepTexts, start } = finding
  const width = String(steps.length).length
  const lines = [
    `${promise}: ${sentence}`,
    '',
    `From the point '${start}':`,
    ...stepTexts.flatMap((text, index) => {
      const [first, ...more] = text.split('\n')
      const results = (steps[index]?.lines ?? []).map((line) => `-> ${line}`)
      const indent = ' '.repeat(width + 4)
      return [`  ${String(index + 1).padStart(width)}  ${first}`, ...[...more, ...results].map((line) => indent + line)]
    }),
    '',
    'Around the breach:',
    ...trace.map((line) => traceText(line, breach.at)),
    ...(explain.length === 0 ? [] : ['', 'Why:', ...explain.map((line) => `  ${line}`)]),
    '',
    `replay: ${replayLine}`,
  ]
  return `${lines.join('\n')}\n`
}

function traceText({ record, domain, privilege, pc, text, effects }: TraceLine, at: number): string {
  const mark = record === at ? '>' : ' '
  const place = `${String(record).padStart(8)}  ${domain.padEnd(10)} ${privilege}  ${pc.toString(16).padStart(16, '0')}`
  return `${mark} ${place}  ${text.padEnd(32)}  ${effects.join('; ')}`.trimEnd()
}
