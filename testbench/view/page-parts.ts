/** Looks of the diagram: each stage differs in more than colour, so that a print in black and white reads as well. */
export const diagramStyle = `
.legend span { display: inline-block; width: 1.6em; text-align: center; font: 12px ui-monospace, monospace; margin-left: .8em; }
.diagram { overflow-x: auto; margin-bottom: 1em; border-top: 2px solid #111; }
.diagram td, .diagram th { padding: 0 1px; height: 1.45em; white-space: nowrap; }
.diagram th { font-weight: normal; color: #444; text-align: left; }
.diagram th.c { min-width: 1.35em; max-width: 1.35em; border-left: 1px solid #ddd; }
.diagram th.c span { display: inline-block; width: 0; overflow: visible; }
.diagram th.gap { min-width: 2.6em; max-width: 2.6em; background: #eee; }
.diagram td.n { padding-right: .6em; }
.diagram td.i { min-width: 26em; padding-right: 1em; position: sticky; left: 0; background: #fff; overflow: hidden; }
.diagram tr[tabindex] { cursor: pointer; }
.diagram tr[tabindex]:hover td.i, .diagram tr[tabindex]:focus td.i { background: #eef; }
.a { color: #666; }
.F, .D, .X, .M, .W { text-align: center; border: 1px solid #777; }
.F { background: #fff; } .D { background: #e3eefc; } .X { background: #1f4e8c; color: #fff; font-weight: bold; }
.M { background: #f6d9a8; } .W { background: #cfe8cf; }
.s { background: repeating-linear-gradient(135deg, #fff 0 4px, #f3c4c4 4px 6px); color: #611; border-style: dashed; overflow: hidden; }
.e { padding-left: .8em !important; } .e b { font: 11px system-ui, sans-serif; border: 1px solid #111; border-radius: 3px; padding: 0 .3em; }
.trap td.i { font-style: italic; }
.more ul { margin: .2em 0 .6em 1em; padding: 0 0 0 1em; position: sticky; left: 1em; width: max-content; }
@media print {
  .diagram { overflow: visible; break-inside: avoid; } .diagram td.i { min-width: 20em; }
  .F, .D, .M, .W { background: #fff; } .X { background: #000; color: #fff; }
  .s { background: repeating-linear-gradient(135deg, #fff 0 3px, #bbb 3px 4px); color: #000; }
  * { print-color-adjust: exact; }
}
`

/** Looks of text and tables. */
export const baseStyle = `
:root { color-scheme: light; }
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; color: #111; background: #fff; }
h1 { font-size: 1.4em; margin: 0; } h2 { font-size: 1.1em; margin: 1.5em 0 .4em; }
header p { margin: .3em 0 1em; }
table { border-collapse: collapse; font: 12px/1.35 ui-monospace, monospace; }
caption { text-align: left; font: bold 13px system-ui, sans-serif; padding-bottom: .3em; white-space: nowrap; }
.plain td, .plain th { padding: .1em .8em .1em 0; text-align: left; vertical-align: top; }
.plain th { border-bottom: 1px solid #111; }
td.n, .plain td.n { text-align: right; color: #444; }
@media print { body { margin: 0; font-size: 10px; } table { font-size: 7px; } }
`

export const style = `${baseStyle}${diagramStyle}
.summary { display: flex; gap: 3em; flex-wrap: wrap; align-items: start; }
.bar { width: 12em; } .bar i { display: block; height: .8em; background: #555; }
`

/** A click or Enter on a row shows or hides what is known of it. */
export const script = `
const toggle = (row) => { if (row) row.nextElementSibling.hidden = !row.nextElementSibling.hidden }
addEventListener('click', (event) => toggle(event.target.closest('tr[tabindex]')))
addEventListener('keydown', (event) => { if (event.key === 'Enter') toggle(event.target.closest('tr[tabindex]')) })
`
