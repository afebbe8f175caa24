import { diagrams, legend } from '../../view/diagram-html.ts'
import { escapeHtml, htmlPage } from '../../view/html.ts'
import type { EnclaveScene, Scene, Story, TraceLine } from '../story.ts'
import { memoryMapSvg, piecesOf, sizeText } from './memory-map.ts'
import { reportScript, reportStyle } from './page-parts.ts'
import { patterns } from './paint.ts'
import { timelineSvg } from './timeline.ts'
import { counted, grouped } from './words.ts'

/** A page on a breach: what was promised, how it broke, and why. It needs nothing but itself. */
export function storyPage(story: Story): string {
  const { finding, steps, trace, pipeline = [] } = story
  const body = `${patterns(paintedIn(story))}
${header(story)}
<h2>Timeline</h2>
<p class="hint">Bars carry the number of records they stand for; widths grow with its logarithm. A click on a step opens it below.</p>
${timelineSvg(story)}
<div class="two wide-left">
<section><h2>${counted(steps.length, 'step')}</h2>
${steps.map((_, index) => stepHtml(story, index)).join('\n')}</section>
<section class="sticky"><h2>Physical memory</h2>
<p class="hint">Who owns what, from the start to after the last step. The step that is open is framed.</p>
${memoryMapSvg(story)}</section>
</div>
<div class="two wide-right">
<section><h2>Around the breach</h2>${traceTable(trace, story.breach.at)}</section>
${pipeline.length === 0 ? '' : `<section><h2>In the pipeline</h2>${diagrams(pipeline, Number(pipeline[0].retirement.order))}<details class="plain-details"><summary>what the letters mean</summary>${legend}</details></section>`}
</div>`
  return htmlPage({
    title: `${finding.promise}: ${finding.sentence}`,
    style: reportStyle,
    script: reportScript,
    body,
  })
}

function* paintedIn({ before, steps, timeline }: Story): Generator<string> {
  for (const { owners } of [before, ...steps.map(({ after }) => after)]) yield* owners.map(([, , owner]) => owner)
  yield* timeline.map(({ lane }) => lane)
}

function header({ finding, replayLine, breach }: Story): string {
  const { promise, statement, sentence, monitor, core, faults, start, seed, path } = finding
  const facts = [
    ['start', start],
    ['monitor', `${monitor.file} (SHA-256 ${monitor.sha256.slice(0, 12)}…)`],
    ['core', faults.length === 0 ? core : `${core}, planted ${faults.join(', ')}`],
    ['seed and path', `${seed} ${path}`],
  ]
  return `<header class="verdict">
<p><b class="badge">✖ BROKEN</b> <b>${escapeHtml(promise)}</b></p>
<h1>${escapeHtml(sentence)}</h1>
<blockquote>${escapeHtml(statement)}</blockquote>
<ul class="seen">${breach.lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>
<p class="cost">In <a href="#step-${breach.step + 1}">step ${breach.step + 1}</a>, where the translation is explained, and at record ${grouped(breach.at)}.</p>
<p class="replay"><span>replay</span> <code>${escapeHtml(replayLine)}</code></p>
<dl class="facts">${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escapeHtml(value)}</dd></div>`).join('')}</dl>
</header>`
}

function stepHtml(story: Story, index: number): string {
  const { steps, breach, before, explain } = story
  const { text, lines = [], domain, records, cycles, after } = steps[index]
  const isBreach = index === breach.step
  const instructions = text.split('\n')
  const code = instructions.length === 1 ? '' : `<pre>${escapeHtml(text)}</pre>`
  const previous = index === 0 ? before : steps[index - 1].after
  const seen = isBreach
    ? `<div class="why"><p><b>✖ The breach</b></p><ul>${breach.lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>${explainList(explain)}</div>`
    : ''
  return `<details class="step${isBreach ? ' broken' : ''}" id="step-${index + 1}" name="step"${isBreach ? ' open' : ''}>
<summary><b>${index + 1}</b> <span class="who">${escapeHtml(domain)}</span> <code>${escapeHtml(instructions.join('; '))}</code>${isBreach ? ' <b class="mark">✖ breach</b>' : ''}</summary>
<div class="body">${code}${lines.length === 0 ? '' : `<ul class="lines">${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`}${seen}
${changes(story, index)}${enclaveTable(previous, after)}
<p class="cost">${counted(records, 'record')}, ${grouped(Number(cycles))} cycles; then ${escapeHtml(after.running)} runs.</p></div></details>`
}

/** What a line of `Mmu.explain` looks at, before what it says of it. */
const LOOKED_AT = /^((?:[ID]TLB|PMP|walk)[^:,]*): (.*)$/

function explainList(lines: readonly string[]): string {
  if (lines.length === 0) return ''
  const rows = lines.map((line) => {
    const [, what, said] = LOOKED_AT.exec(line) ?? []
    if (what === undefined) return `<div class="whole"><dd>${escapeHtml(line)}</dd></div>`
    return `<div><dt>${escapeHtml(what)}</dt><dd>${escapeHtml(said)}</dd></div>`
  })
  return `<p><b>Why</b></p><dl class="explain">${rows.join('')}</dl>`
}

function changes(story: Story, index: number): string {
  const changed = piecesOf(story).filter(({ owners }) => owners[index] !== owners[index + 1])
  if (changed.length === 0) return '<p class="cost">No page changes owner.</p>'
  const rows = changed.map(
    ({ page, pages, owners }) =>
      `<tr><td>0x${(page * 0x1000n).toString(16)}</td><td class="n">${sizeText(pages)}</td><td>${escapeHtml(owners[index])} → <b>${escapeHtml(owners[index + 1])}</b></td></tr>`,
  )
  return `<table class="plain"><caption>Pages that change owner</caption>${rows.join('')}</table>`
}

/** Enclaves after a step; what changed is bold. */
function enclaveTable(before: Scene, { enclaves }: Scene): string {
  if (enclaves.length === 0) return '<p class="cost">There is no enclave.</p>'
  const rows = enclaves.map((enclave) => {
    const old = before.enclaves.find(({ eid }) => eid === enclave.eid)
    const cells = columns.map(([, text]) => {
      const now = escapeHtml(text(enclave))
      return `<td>${old !== undefined && text(old) === text(enclave) ? now : `<b>${now}</b>`}</td>`
    })
    return `<tr>${cells.join('')}</tr>`
  })
  const head = columns.map(([name]) => `<th>${name}</th>`).join('')
  return `<table class="plain"><caption>Enclaves after it</caption><thead><tr>${head}</tr></thead>${rows.join('')}</table>`
}

const columns: readonly [name: string, text: (enclave: EnclaveScene) => string][] = [
  ['eid', ({ eid }) => String(eid)],
  ['type', ({ type }) => type],
  ['name', ({ name }) => name],
  ['state', ({ state }) => state],
  ['called by', ({ caller }) => (caller === undefined ? '' : `enclave ${caller}`)],
  ['waits for', ({ callee }) => (callee === undefined ? '' : `enclave ${callee}`)],
]

function traceTable(trace: readonly TraceLine[], at: number): string {
  const rows = trace.map(({ record, domain, privilege, pc, text, effects }) => {
    const isBreach = record === at
    const cells = [`${isBreach ? '✖ ' : ''}${grouped(record)}`, domain, privilege, pc.toString(16), text].map(
      escapeHtml,
    )
    const [number, ...rest] = cells
    return `<tr${isBreach ? ' class="broken"' : ''}><td class="n">${number}</td>${rest.map((one) => `<td>${one}</td>`).join('')}<td>${effects.map(escapeHtml).join('<br>')}</td></tr>`
  })
  const head = ['record', 'who', '', 'pc', 'instruction', 'writes and accesses'].map((name) => `<th>${name}</th>`)
  return `<table class="plain trace"><thead><tr>${head.join('')}</tr></thead>${rows.join('')}</table>`
}
