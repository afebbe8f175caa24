import { baseStyle, diagramStyle, script } from '../../view/page-parts.ts'

/** The breach is red, and has a cross, a frame or a heavy line as well: a print in black and white reads the same. */
export const reportStyle = `${baseStyle}${diagramStyle}
:root { --red: #b3122b; --pale: #fdeef0; --line: #d4d7db; --soft: #5a6068; }
body { margin: 0 auto; padding: 1.5em 2em 3em; max-width: 1480px; }
h2 { margin: 1.8em 0 .3em; } a { color: #1f4e8c; }
.hint, .cost { color: var(--soft); font-size: 12px; margin: .2em 0 .6em; }
code, pre { font: 12.5px/1.5 ui-monospace, monospace; }
.verdict { border-left: 6px solid var(--red); padding: .1em 0 .1em 1.2em; }
.verdict h1 { font-size: 1.75em; line-height: 1.2; margin: .2em 0; }
.badge, .mark { background: var(--red); color: #fff; border-radius: 3px; padding: .1em .5em; font-size: 12px; letter-spacing: .03em; }
.held { border-left-color: #2d7a3d; } .held .badge { background: #2d7a3d; }
blockquote { margin: .3em 0 .8em; color: var(--soft); font-style: italic; }
.seen { margin: .4em 0; padding: 0; list-style: none; font: 13px/1.5 ui-monospace, monospace; }
.replay code { background: #f3f4f6; border: 1px solid var(--line); border-radius: 4px; padding: .25em .6em; user-select: all; }
.replay span { color: var(--soft); }
.facts { display: flex; flex-wrap: wrap; gap: .2em 2.4em; margin: .6em 0 0; font-size: 12px; }
.facts div { display: flex; gap: .5em; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.two { display: grid; gap: 0 3em; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; }
.wide-left { grid-template-columns: minmax(0, 1fr) auto; } .wide-right { grid-template-columns: auto minmax(0, 1fr); }
.diagram td.i { min-width: 20em; }
.sticky { position: sticky; top: 0; }
@media (max-width: 1150px) { .two, .wide-left, .wide-right { grid-template-columns: minmax(0, 1fr); } .sticky { position: static; } }
section { overflow-x: auto; }
svg { font: 12px system-ui, sans-serif; display: block; max-width: 100%; }
svg text.on { text-anchor: middle; pointer-events: none; font-size: 11px; }
svg text.on.dark { paint-order: stroke; stroke: #fff; stroke-width: 3px; fill: #111; }
svg text.on.light { fill: #fff; }
.timeline { width: 100%; } .timeline + .timeline { margin-top: 10px; }
.band rect { fill: #fff; stroke: var(--line); } .band text { font-weight: bold; fill: var(--soft); }
.band:hover rect, .band.on rect { fill: #f1f4f8; } .band.on text { fill: #111; }
.band.broken rect, .band.broken.on rect { fill: var(--pale); } .band.broken text { fill: var(--red); }
a:focus-visible rect { outline: 2px solid #1f4e8c; outline-offset: -2px; }
text.lane { text-anchor: end; } path.lane { stroke: var(--line); }
.bar { pointer-events: none; } .bar rect { stroke: #3b4149; }
.arrow { pointer-events: none; } .arrow path { stroke: #3b4149; fill: none; } .arrow .head { fill: #3b4149; stroke: none; }
.arrow text { font-size: 11px; paint-order: stroke; stroke: #fff; stroke-width: 3px; }
.breach { pointer-events: none; } .breach rect { fill: var(--pale); stroke: var(--red); stroke-width: 2.5; }
.breach .line { stroke: var(--red); stroke-width: 1.5; stroke-dasharray: 5 3; } .breach .cross { stroke: var(--red); stroke-width: 3; }
.breach text { fill: var(--red); font-weight: bold; }
text.axis { fill: var(--soft); font-size: 11px; }
.step { border: 1px solid var(--line); border-radius: 5px; margin: .35em 0; }
.step summary { cursor: pointer; padding: .4em .8em; display: flex; gap: .6em; align-items: baseline; }
.step summary::before { content: '▸'; } .step[open] > summary::before { content: '▾'; }
.step code { flex: 0 1 auto; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.step[open] code { white-space: normal; }
.step[open] > summary { border-bottom: 1px solid var(--line); background: #f1f4f8; }
.step .who { flex: none; min-width: 5.5em; color: var(--soft); } .step summary > b:first-child { min-width: 1.2em; } .mark { flex: none; }
.step .body { padding: .3em 1em .5em; } .step pre { margin: .4em 0; } .step ul { margin: .4em 0; padding-left: 1.2em; }
.step.broken { border-color: var(--red); border-width: 2px; } .step.broken[open] > summary { background: var(--pale); }
.step table { margin: .7em 0; }
.why { border-left: 3px solid var(--red); padding-left: .9em; margin: .7em 0; } .why p { margin: .5em 0 .2em; }
.lines, .why ul, .explain { font: 12px/1.5 ui-monospace, monospace; }
.explain { margin: .2em 0; } .explain div { display: grid; grid-template-columns: 10.5em minmax(0, 1fr); border-top: 1px solid var(--line); padding: .12em 0; }
.explain .whole { display: block; }
.map .place, .map .size { font: 11.5px ui-monospace, monospace; } .map .size { text-anchor: end; fill: var(--soft); }
.map rect { stroke: #aab0b7; stroke-width: .6; } .map .head { text-anchor: middle; font-weight: bold; }
.map .hit { fill: transparent; stroke: none; } .map a:hover .hit { fill: #e6ebf2; }
.map .broken .place { fill: var(--red); font-weight: bold; } .map .page { fill: none; stroke: var(--red); stroke-width: 2.5; }
.chosen { display: none; pointer-events: none; } .chosen.on { display: block; }
.chosen rect { fill: none; stroke: #111; stroke-width: 2; } .chosen text { text-anchor: middle; font-size: 11px; fill: var(--soft); }
.trace td { white-space: nowrap; } .trace .broken td { background: var(--pale); border-top: 2px solid var(--red); border-bottom: 2px solid var(--red); font-weight: bold; }
.trace .broken td.n { color: var(--red); }
.plain-details { font-size: 12px; }
.promises td { padding: .3em 1.4em .3em 0; border-bottom: 1px solid var(--line); } .promises .prose { font: 13px/1.4 system-ui, sans-serif; max-width: 46em; }
.found { border: 1px solid var(--line); border-left: 5px solid var(--red); border-radius: 4px; padding: .2em 1.2em .4em; margin: .8em 0; break-inside: avoid; }
.found h3 { margin: .5em 0; font-size: 1.05em; } .found h3 span { color: var(--red); margin-right: .5em; }
.found ol { margin: .4em 0; padding-left: 2em; } .found pre { margin: 0; white-space: pre-wrap; } .because { margin: .2em 0; font-size: 13px; }
@media print {
  body { padding: 0; max-width: none; } .two, .wide-left, .wide-right { display: block; } .sticky { position: static; } .hint { display: none; }
  .step, .timeline, .map, .trace tr { break-inside: avoid; } code, pre, .lines, .why ul, .explain, .seen, .plain { font-size: 9px; }
  caption, .cost, .facts { font-size: 10px; } .chosen.on { display: none; }
  .step code { white-space: normal; } .map { max-height: 90vh; }
}
`

/** Opening a step frames its columns in the map and its band in the timeline; a print has all steps open. */
export const reportScript = `${script}
const steps = [...document.querySelectorAll('details.step')]
const choose = (step) => {
  for (const mark of document.querySelectorAll('[data-step]')) mark.classList.toggle('on', 'step-' + mark.dataset.step === step.id)
}
const open = (step) => { if (step) { step.open = true; step.scrollIntoView({ block: 'nearest' }); choose(step) } }
for (const step of steps) step.addEventListener('toggle', () => { if (step.open && step.hasAttribute('name')) choose(step) })
addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="#step-"]')
  if (!link) return
  event.preventDefault()
  open(document.getElementById(link.getAttribute('href').slice(1)))
})
let shown
addEventListener('beforeprint', () => {
  shown = steps.find((step) => step.open)
  for (const step of steps) { step.removeAttribute('name'); step.open = true }
})
addEventListener('afterprint', () => {
  for (const step of steps) { step.open = step === shown; step.setAttribute('name', 'step') }
})
`
