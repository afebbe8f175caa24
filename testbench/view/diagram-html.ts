/** The pipeline diagram as HTML. Its looks are in page-parts.ts. */

import type { PipelineStep } from '../../traces/pipeline-step.ts'
import { eventsOf } from './data.ts'
import { type Cell, type Column, cellsOf, columnsOf } from './diagram.ts'
import { escapeHtml } from './html.ts'

/** A diagram has as many instructions, or columns, as fit a printed page. */
const ROWS = 32
const COLUMNS = 60

/** What the cells of a diagram mean. */
export const legend = `<p class="legend"><span class="F">F</span> fetch <span class="D">D</span> decode <span class="X">X</span> execute
<span class="M">M</span> memory <span class="W">W</span> write-back <span class="D s">d</span> waits: its cause is in the cell
or under the pointer. A column headed +n stands for n cycles in which nothing moves. A click on a row shows what is known of it.</p>`

/** Steps as diagrams, one or several; the first step has this number. */
export function diagrams(steps: readonly PipelineStep[], first: number): string {
  let number = first
  return pieces(steps)
    .map((piece) => {
      number += piece.length
      return diagram(piece, number - piece.length)
    })
    .join('')
}

/** The steps in as few pieces as make diagrams that fit. */
function pieces(steps: readonly PipelineStep[]): PipelineStep[][] {
  const found: PipelineStep[][] = []
  for (const step of steps) {
    const last = found.at(-1)
    const longer = [...(last ?? []), step]
    const fits = longer.length <= ROWS && columnsOf(longer.map(({ times }) => times)).length <= COLUMNS
    if (last !== undefined && fits) last.push(step)
    else found.push([step])
  }
  return found
}

function diagram(steps: readonly PipelineStep[], number: number): string {
  const columns = columnsOf(steps.map(({ times }) => times))
  const head = columns.map(columnHead).join('')
  const rows = steps.map((step, index) => row(step, number + index, columns))
  return `<div class="diagram"><table><thead><tr><th>#</th><th class="i">instruction</th>${head}<th class="e"></th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div>
`
}

/** Of some columns the cycle, where there is room for it; of those that stand for several cycles how many. */
function columnHead({ from, to }: Column, index: number, columns: readonly Column[]): string {
  const hasRoom = index % 5 === 0 && columns.slice(index, index + 5).every((column) => column.to - column.from === 1)
  const text = to - from > 1 ? `+${to - from}` : hasRoom ? String(from) : ''
  const title = to - from > 1 ? `cycles ${from} to ${to - 1}` : `cycle ${from}`
  return `<th class="c${to - from > 1 ? ' gap' : ''}" title="${title}"><span>${text}</span></th>`
}

function row(step: PipelineStep, number: number, columns: readonly Column[]): string {
  const cells = cellsOf(step.times, columns)
  const last = cells.at(-1)
  const end = last === undefined ? 0 : last.first + last.columns
  const before = cells[0]?.first ?? 0
  const events = eventsOf(step)
  const chips = events.map((event) => `<b>${escapeHtml(event)}</b>`).join(' ')
  const classes = step.retirement.trap ? ' class="trap"' : ''
  return `<tr${classes} tabindex="0"><td class="n">${number}</td><td class="i">${label(step)}</td>${
    before > 0 ? `<td colspan="${before}"></td>` : ''
  }${cells.map(cell).join('')}<td class="e" colspan="${columns.length - end + 1}">${chips}</td></tr>
<tr class="more" hidden><td></td><td colspan="${columns.length + 2}">${details(step)}</td></tr>
`
}

function cell({ columns, cycles, stage, cause }: Cell): string {
  const span = columns > 1 ? ` colspan="${columns}"` : ''
  if (cause === undefined) return `<td class="${stage}"${span}>${stage}</td>`
  const text = columns * 2 > cause.length ? cause : stage.toLowerCase()
  return `<td class="${stage} s"${span} title="waits ${cycles} cycles: ${cause}">${text}</td>`
}

function label({ label: text }: PipelineStep): string {
  const [, address, place = '', assembly] = /^(\S+)( <[^>]*>)?: (.*)$/.exec(text) ?? ['', '', '', text]
  return `<span class="a" title="${escapeHtml(place.trim())}">${escapeHtml(address)}</span> ${escapeHtml(assembly)}`
}

function details({ retirement, times, label: text, notes }: PipelineStep): string {
  const walks = retirement.walk.map(
    ({ pa, pte, level }, index) =>
      `walk level ${level}: entry at 0x${pa.toString(16)} is 0x${pte.toString(16)}, known in cycle ${times.walkReads[index] ?? '?'}`,
  )
  const stalls = times.stalls.map(({ cause, from, to }) => `cycles ${from} to ${to - 1}: waits, ${cause}`)
  const result = retirement.rd === 0 ? [] : [`x${retirement.rd} = 0x${retirement.rdValue.toString(16)}`]
  const retires = `retires in cycle ${retirement.cycle}, privilege ${{ 0: 'U', 1: 'S', 3: 'M' }[retirement.privilege]}`
  const lines = [text, retires, ...stalls, ...walks, ...result, ...notes]
  return `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`
}
