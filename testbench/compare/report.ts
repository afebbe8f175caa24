import type { ContextLine, Divergence } from './divergence.ts'
import type { Comparison } from './lockstep.ts'

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
  if (comparison.masks.length > 0) lines.push('masks used:')
  for (const { id, hits, reason, scope } of comparison.masks) {
    lines.push(`  ${id.padEnd(18)} ${String(hits).padStart(8)} times   ${scope}: ${reason}`)
  }
  if (comparison.same) lines.push(`same: ${endText(comparison)}`)
  return lines.join('\n')
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
    ...fields.map(
      ({ field, left, right }) =>
        `    ${field.padEnd(12)} model ${(left ?? 'nothing').padEnd(18)} log ${right ?? 'nothing'}`,
    ),
    ...after.map((line) => `  ${lineText(line)}`),
    'before the instruction:',
    ...state.map((line) => `  ${line}`),
  ]
}

function lineText({ line, pc, symbol, text }: ContextLine): string {
  const place = symbol === undefined ? '' : `  <${symbol}>`
  return `${String(line).padStart(9)}  ${pc.toString(16).padStart(16, '0')}  ${text}${place}`
}

const count = (number: number, thing: string): string =>
  `${number.toLocaleString('en-US')} ${thing}${number === 1 ? '' : 's'}`
