/** Text as HTML: also where it stands in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export interface HtmlPage {
  /** As text. */
  title: string
  style: string
  script: string
  /** As HTML. */
  body: string
}

/** A page that needs nothing but itself, and may load nothing. */
export function htmlPage({ title, style, script, body }: HtmlPage): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<style>${style}</style></head><body>
${body}
<script>${script}</script></body></html>
`
}
