import { grouped } from '../fuzz/report/words.ts'
import { escapeHtml, htmlPage } from '../view/html.ts'
import { baseStyle, script } from '../view/page-parts.ts'
import { type ControlRow, cellOf, columnsOf, type FaultRow, type Matrix } from './matrix.ts'

const style = `${baseStyle}
tr[tabindex] { cursor: pointer; } tr[tabindex]:hover td { background: #eef; }
td.by { background: #d7ecd7; border: 1px solid #777; text-align: right; } td.no { background: #f3c4c4; font-weight: bold; }
td.not { text-align: center; color: #888; } pre { margin: .3em 0 .6em 2em; white-space: pre-wrap; }
@media print { * { print-color-adjust: exact; } tr { break-inside: avoid; } }
`

/** The matrix as one page: a click on a planted bug shows how it was caught. */
export function matrixPage(matrix: Matrix): string {
  const { faults, controls, survivors, controlsFlagged } = matrix
  const columns = columnsOf(matrix)
  const caught = faults.length - survivors.length
  const body = `<header><h1>${caught} of ${faults.length} planted bugs caught; ${controlsFlagged.length} of ${controls.length} legal variations flagged</h1>
<p>${escapeHtml(`${matrix.budgetSeconds} s for each bug and seed, ${matrix.seeds.length} of them; counterexamples: ${matrix.steps.median} steps in the median, 95 % at most ${matrix.steps.percentile95}`)}</p></header>
<table class="plain"><caption>Planted bugs by what caught them, after how many cases</caption>
<tr><th>bug</th><th>what it changes</th><th>certainty</th>${columns.map((name) => `<th>${escapeHtml(name)}</th>`).join('')}<th>time</th><th>steps</th></tr>
${faults.map((row) => faultRows(row, columns)).join('\n')}
</table>
<table class="plain"><caption>Legal variations, which nothing may flag</caption>
<tr><th>variation</th><th>what differs</th><th>verdict</th><th>cases</th><th>time</th></tr>
${controls.map(controlRows).join('\n')}
</table>`
  return htmlPage({ title: 'Yingzhou: the kill matrix', style, script, body })
}

function controlRows({ id, title, flaggedBy, seed, sentence, lines, cases, seconds }: ControlRow): string {
  const figures = `<td class="n">${grouped(cases)}</td><td class="n">${seconds.toFixed(1)} s</td>`
  const start = `<td>${escapeHtml(id)}</td><td>${escapeHtml(title)}</td>`
  if (flaggedBy === null) return `<tr>${start}<td>not flagged</td>${figures}</tr>`
  const more = [`seed ${seed}: ${sentence}`, ...lines].join('\n')
  return `<tr tabindex="0">${start}<td class="no">${escapeHtml(`flagged by ${flaggedBy}`)}</td>${figures}</tr>
<tr hidden><td colspan="5"><pre>${escapeHtml(more)}</pre></td></tr>`
}

function faultRows(row: FaultRow, columns: readonly string[]): string {
  const { id, title, certainty, seconds, steps, sentence, lines, caughtBy, runs } = row
  const cells = columns.map((column) => {
    const cell = cellOf(row, column)
    return cell === '·' ? '<td class="not">·</td>' : `<td class="by">${cell}</td>`
  })
  const tried = runs.flatMap(({ seed, tried }) =>
    tried.map(
      ({ check, cases, seconds: time }) => `seed ${seed}: ${check}, ${grouped(cases)} cases in ${time.toFixed(1)} s`,
    ),
  )
  const more = [sentence ?? 'nothing has caught it', ...lines, ...tried].join('\n')
  return `<tr tabindex="0"><td${caughtBy === null ? ' class="no"' : ''}>${escapeHtml(id)}</td><td>${escapeHtml(title)}</td><td>${certainty}</td>${cells.join('')}<td class="n">${seconds.toFixed(1)} s</td><td class="n">${steps ?? ''}</td></tr>
<tr hidden><td colspan="${columns.length + 5}"><pre>${escapeHtml(more)}</pre></td></tr>`
}
