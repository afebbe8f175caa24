import type { PipelineStep } from '../../traces/pipeline-step.ts'
import { eventsOf, stallCycles, type ViewData } from './data.ts'
import { type Cell, type Column, cellsOf, columnsOf } from './diagram.ts'
import { script, style } from './page-parts.ts'

/** A diagram has as many instructions, or columns, as fit a printed page. */
const ROWS = 32
const COLUMNS = 60

/** Text as HTML: also where it stands in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A page that says how a stretch of a program went through the pipeline. It needs nothing but itself. */
export function viewPage(data: ViewData, coreName: string): string {
  const { steps, program, from } = data
  const title = escapeHtml(`${program} on ${coreName}`)
  const first = steps.at(0)?.retirement.cycle ?? 0n
  const cycles = Number((steps.at(-1)?.retirement.cycle ?? 0n) - first) + 1
  let number = from
  const diagrams = pieces(steps).map((piece) => {
    number += piece.length
    return diagram(piece, number - piece.length)
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>${style}</style></head><body>
<header><h1>${escapeHtml(program)}</h1>
<p>Core <b>${escapeHtml(coreName)}</b>; records ${from} to ${from + steps.length - 1}, cycles ${first} to ${first + BigInt(cycles - 1)}:
<b>${steps.length}</b> in <b>${cycles}</b> cycles, ${(cycles / Math.max(1, steps.length)).toFixed(2)} each.</p></header>
<section class="summary">${stallTable(steps, cycles)}${eventTable(steps)}</section>
<h2>Pipeline</h2>
<p class="legend"><span class="F">F</span> fetch <span class="D">D</span> decode <span class="X">X</span> execute
<span class="M">M</span> memory <span class="W">W</span> write-back <span class="D s">d</span> waits: its cause is in the cell
or under the pointer. A column headed +n stands for n cycles in which nothing moves. A click on a row shows what is known of it.</p>
${diagrams.join('')}
<h2>Cache and TLB events</h2>
${eventList(steps)}
<h2>Instructions</h2>
${instructionTable(steps)}
<script>${script}</script></body></html>
`
}

function stallTable(steps: readonly PipelineStep[], cycles: number): string {
  const rows = stallCycles(steps).map(([cause, lost]) => {
    const share = (100 * lost) / cycles
    return `<tr><td>${cause}</td><td class="n">${lost}</td><td class="bar"><i style="width:${Math.min(100, share).toFixed(1)}%"></i></td><td class="n">${share.toFixed(1)} %</td></tr>`
  })
  return `<table class="plain"><caption>Cycles lost, by cause</caption>${rows.join('') || '<tr><td>none</td></tr>'}</table>`
}

function eventTable(steps: readonly PipelineStep[]): string {
  const counts = new Map<string, number>()
  for (const step of steps) for (const event of eventsOf(step)) counts.set(event, (counts.get(event) ?? 0) + 1)
  const rows = [...counts].map(([event, count]) => `<tr><td>${escapeHtml(event)}</td><td class="n">${count}</td></tr>`)
  return `<table class="plain"><caption>Instructions with</caption>${rows.join('') || '<tr><td>no events</td></tr>'}</table>`
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

function eventList(steps: readonly PipelineStep[]): string {
  const rows = steps.flatMap((step) => {
    const events = eventsOf(step).filter((event) => /[$]|TLB|L2|write-back/.test(event))
    if (events.length === 0) return []
    const { cycle, memory, pc } = step.retirement
    const place = memory[0] === undefined ? `pc 0x${pc.toString(16)}` : `va 0x${memory[0].va.toString(16)}`
    return `<tr><td class="n">${cycle}</td><td>${escapeHtml(events.join(', '))}</td><td>${place}</td><td>${escapeHtml(step.label)}</td></tr>`
  })
  if (rows.length === 0) return '<p>None.</p>'
  return `<table class="plain"><thead><tr><th>cycle</th><th>event</th><th>where</th><th>instruction</th></tr></thead>${rows.join('')}</table>`
}

/** Every instruction of the stretch once, in order of address: how often it ran, and what it waited. */
function instructionTable(steps: readonly PipelineStep[]): string {
  const byLabel = new Map<string, { pc: bigint; times: number; waits: number }>()
  for (const { label: text, retirement, times } of steps) {
    const entry = byLabel.get(text) ?? { pc: retirement.pc, times: 0, waits: 0 }
    entry.times++
    entry.waits += times.stalls.reduce((sum, { from, to }) => sum + to - from, 0)
    byLabel.set(text, entry)
  }
  const sorted = [...byLabel].sort(([, a], [, b]) => (a.pc < b.pc ? -1 : a.pc > b.pc ? 1 : 0))
  const rows = sorted.map(
    ([text, { times, waits }]) =>
      `<tr><td>${escapeHtml(text)}</td><td class="n">${times}</td><td class="n">${waits}</td></tr>`,
  )
  return `<table class="plain"><thead><tr><th>instruction</th><th>times</th><th>cycles waited</th></tr></thead>${rows.join('')}</table>`
}
