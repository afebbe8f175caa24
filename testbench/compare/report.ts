import type { ContextLine, Divergence } from './divergence.ts'
import type { FieldDifference } from './fields.ts'
import type { Comparison } from './lockstep.ts'
import type { LogComparison, LogLine } from './logs.ts'

/** The result of a comparison as a person reads it. */
export function comparisonText(comparison: Comparison): string {
  const { program, log, generation, instructions, traps, interrupts, failedStoreConditionals } = comparison
  const lines = [
    `${program}: ${count(instructions, 'instruction')} compared with ${log}`,
    `log: ${generation.name}${generation.exceptions ? ', with exceptions (-l)' : ''}`,
  ]
  if (comparison.divergence) lines.push(...divergenceLines(comparison.divergence))
  const taken = [
    ...(traps > 0 ? [count(traps, 'trap')] : []),
    ...(interrupts > 0 ? [`${count(interrupts, 'interrupt')} taken when the log took them`] : []),
    ...(failedStoreConditionals > 0 ? [`${count(failedStoreConditionals, 'SC')} made to fail as in the log`] : []),
  ]
  if (taken.length > 0) lines.push(taken.join(', '))
  lines.push(...maskLines(comparison))
  if (comparison.same) lines.push(`same: ${endText(comparison)}`)
  return lines.join('\n')
}

/** The result of comparing two logs as a person reads it. */
export function logComparisonText(comparison: LogComparison): string {
  const lines = comparison.logs.map(({ path, format, instructions, skipped, spun }) => {
    const lead = skipped === 0 ? '' : `, ${count(skipped, 'instruction')} of a boot ROM skipped`
    const tail = spun === 0 ? '' : `, ${count(spun, 'instruction')} of waiting at the end`
    return `${path}: ${format}, ${count(instructions, 'instruction')} read${lead}${tail}`
  })
  const { divergence } = comparison
  if (divergence) {
    lines.push(
      `first difference after ${count(divergence.instruction, 'instruction')} that agree`,
      ...divergence.before.map((line) => `  ${lineText(line)}`),
      `> ${logLineText(divergence.left)}`,
      `> ${logLineText(divergence.right)}`,
      ...fieldLines(divergence.fields, 'first', 'second'),
    )
  }
  lines.push(...maskLines(comparison))
  if (comparison.same) lines.push(`same: ${count(comparison.instructions, 'instruction')}`)
  return lines.join('\n')
}

const logLineText = (line: LogLine | undefined): string => (line === undefined ? '(the log ends)' : lineText(line))

function maskLines({ masks }: Pick<Comparison, 'masks'>): string[] {
  if (masks.length === 0) return []
  return [
    'masks used:',
    ...masks.map(
      ({ id, hits, reason, scope }) => `  ${id.padEnd(18)} ${String(hits).padStart(8)} times   ${scope}: ${reason}`,
    ),
  ]
}

function fieldLines(fields: readonly FieldDifference[], left: string, right: string): string[] {
  return fields.map(
    (difference) =>
      `    ${difference.field.padEnd(12)} ${left} ${(difference.left ?? 'nothing').padEnd(18)} ${right} ${difference.right ?? 'nothing'}`,
  )
}

function endText({ ended, tail }: Comparison): string {
  if (ended === 'log') return 'the log ends before the program does'
  return tail === 0 ? 'to the end of both' : `to the program's end; the log goes on for ${count(tail, 'line')}`
}

function divergenceLines({ instruction, before, at, after, fields, model, state }: Divergence): string[] {
  return [
    `first difference at log line ${at.line}, after ${count(instruction, 'instruction')} that agree`,
    ...before.map((line) => `  ${lineText(line)}`),
    `> ${lineText(at)}`,
    `    model: ${model}`,
    ...fieldLines(fields, 'model', 'log'),
    ...after.map((line) => `  ${lineText(line)}`),
    'before the instruction:',
    ...state.map((line) => `  ${line}`),
  ]
}

function lineText({ line, pc, symbol, text }: Omit<ContextLine, 'symbol'> & { symbol?: string }): string {
  const place = symbol === undefined ? '' : `  <${symbol}>`
  return `${String(line).padStart(9)}  ${pc.toString(16).padStart(16, '0')}  ${text}${place}`
}

const count = (number: number, thing: string): string =>
  `${number.toLocaleString('en-US')} ${thing}${number === 1 ? '' : 's'}`
