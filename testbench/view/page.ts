import type { PipelineStep } from '../../traces/pipeline-step.ts'
import { eventsOf, stallCycles, type ViewData } from './data.ts'
import { diagrams, legend } from './diagram-html.ts'
import { escapeHtml, htmlPage } from './html.ts'
import { script, style } from './page-parts.ts'

/** A page that says how a stretch of a program went through the pipeline. It needs nothing but itself. */
export function viewPage(data: ViewData, coreName: string): string {
  const { steps, program, from } = data
  const first = steps.at(0)?.retirement.cycle ?? 0n
  const cycles = Number((steps.at(-1)?.retirement.cycle ?? 0n) - first) + 1
  const body = `<header><h1>${escapeHtml(program)}</h1>
<p>Core <b>${escapeHtml(coreName)}</b>; records ${from} to ${from + steps.length - 1}, cycles ${first} to ${first + BigInt(cycles - 1)}:
<b>${steps.length}</b> in <b>${cycles}</b> cycles, ${(cycles / Math.max(1, steps.length)).toFixed(2)} each.</p></header>
<section class="summary">${stallTable(steps, cycles)}${eventTable(steps)}</section>
<h2>Pipeline</h2>
${legend}
${diagrams(steps, from)}
<h2>Cache and TLB events</h2>
${eventList(steps)}
<h2>Instructions</h2>
${instructionTable(steps)}`
  return htmlPage({ title: `${program} on ${coreName}`, style, script, body })
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
