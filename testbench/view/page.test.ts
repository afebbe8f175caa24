import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { InputError } from '../../traces/input-error.ts'
import { sampleSteps } from '../../traces/sample-steps.ts'
import { parseElf } from '../elf/read.ts'
import { collectView } from './data.ts'
import { cellsOf, columnsOf } from './diagram.ts'
import { escapeHtml } from './html.ts'
import { viewPage } from './page.ts'

const CHROMIUM = '/usr/bin/chromium'

const elf = parseElf(readFileSync(fileURLToPath(new URL('../kernels/vm.elf', import.meta.url))), 'vm.elf')
const data = collectView(elf, { config: presets.rocket, from: 15_720, maxInstructions: 60 })
const page = viewPage(data, 'rocket')

describe('a diagram', () => {
  test('has a column a cycle, and one for many in which nothing moves', () => {
    const columns = columnsOf(sampleSteps().map(({ times }) => times))
    expect(columns[0]).toEqual({ from: 10, to: 11 })
    expect(columns.at(-1)).toEqual({ from: 29, to: 30 })
    for (const [index, { from }] of columns.entries()) if (index > 0) expect(from).toBe(columns[index - 1].to)
    const idle = sampleSteps().slice(0, 1)[0].times
    expect(columnsOf([{ ...idle, issue: 100 }])).toContainEqual({ from: 12, to: 101 })
  })

  test('shows the stages of an instruction in order, with what it waits for', () => {
    const steps = sampleSteps().map(({ times }) => times)
    const columns = columnsOf(steps)
    const cells = steps.map((times) => cellsOf(times, columns))
    expect(cells[0].map(({ stage }) => stage).join('')).toBe('FDXMW')
    expect(cells[1].map(({ stage }) => stage).join('')).toBe('FDXMFDDXMW')
    expect(cells[2].map(({ stage, cause }) => `${stage}${cause ?? ''}`)).toEqual(['F', 'Doperand', 'D', 'X', 'M', 'W'])
    for (const [index, { issue, fetch }] of steps.entries()) {
      expect(cells[index].reduce((sum, { cycles }) => sum + cycles, 0)).toBe(issue + 4 - fetch)
    }
  })
})

describe('the page', () => {
  test('has a row for each instruction, its stalls with their cause, and the events of caches and TLBs', () => {
    expect(page.match(/<tr[^>]* tabindex="0">/g)).toHaveLength(60)
    expect(page).toMatch(/title="waits \d+ cycles: dtlb-miss"/)
    expect(page).toMatch(/<b>DTLB miss<\/b>/)
    expect(page).toContain('<td>D$ miss')
    expect(page).toContain('s_pages+0x60')
  })

  test('needs nothing from elsewhere', () => {
    expect(page).not.toMatch(/https?:|src=|href=|@import|url\(/)
  })

  test('takes names for text, whatever is in them', () => {
    const evil = '<img src=x onerror="alert(1)">\'&'
    expect(escapeHtml(evil)).not.toMatch(/[<>"']/)
    const steps = sampleSteps().map((step) => ({ ...step, label: `80000000 <${evil}>: ${evil}`, notes: [evil] }))
    expect(viewPage({ program: evil, from: 0, steps }, 'rocket')).not.toContain('<img')
  })

  test('begins where --from says, and says where the program is shorter', () => {
    expect(data.steps[0].retirement.order).toBe(15_720n)
    expect(() => collectView(elf, { config: presets.default, from: 0, maxInstructions: 1 })).toThrow(InputError)
  })
})

describe.skipIf(!existsSync(CHROMIUM))('in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yingzhou-view-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('a click on a row shows what is known of it', { timeout: 60_000 }, () => {
    const click = `<script>document.querySelector('tr[tabindex] td').click()
      document.title = [...document.querySelectorAll('tr.more')].map((row) => Number(row.hidden)).join('')</script>`
    const file = join(folder, 'view.html')
    writeFileSync(file, page.replace('</body>', `${click}</body>`))
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}/profile`, '--dump-dom']
    const dom = execFileSync(CHROMIUM, [...flags, `file://${file}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(dom).toContain(`<title>0${'1'.repeat(59)}</title>`)
  })
})
