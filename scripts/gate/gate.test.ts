import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Baseline, readBaseline, writeBaseline } from '../../testbench/gate/baseline.ts'
import type { GateReport, GateSize } from '../../testbench/gate/gate.ts'
import { movesOf } from '../../testbench/gate/moves.ts'
import { gateJunit, gateMarkdown, gateSarif, unacceptable, verdictText } from '../../testbench/gate/report.ts'
import { type Model, type PartName, runTask } from '../../testbench/gate/tasks.ts'
import { InputError } from '../../traces/input-error.ts'
import { heard } from '../commands/heard.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { type Change, honestChanges, wrongChanges } from './changes.ts'
import { judge } from './judge.ts'

const size: GateSize = { enginePrograms: 40, cases: 120, timedCases: 8, speedSteps: 400_000 }
const none: Baseline = { bugs: [], kernels: [], speed: 0.001, corpus: [] }
const folder = mkdtempSync(join(tmpdir(), 'yingzhou-gate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const judged = (part: PartName, model: Model = {}, baseline: Partial<Baseline> = {}): Promise<GateReport> =>
  judge(model, { baseline: { ...none, ...baseline }, size, names: ['paging-exceptions'], only: [part] })

const change = (list: readonly Change[], name: string): Model => list.find((one) => one.name.includes(name))!.model

/** The kernels of one program, as the core is. */
let kernels: Baseline['kernels'] = []
beforeAll(async () => {
  const task = { part: 'cycles', root: packageRoot(), core: 'rocket', elf: 'dcache' } as const
  kernels = (await runTask(task, [])).kernels!
})

describe('each part of the gate lets the model through as it is, and stops a regression', () => {
  test('recorded Spike logs', async () => {
    expect((await judged('recorded')).parts).toMatchObject([{ passed: true, verdict: 'clean' }])
    const { parts } = await judged('recorded', change(wrongChanges, 'without its address'))
    expect(parts).toMatchObject([{ passed: false, verdict: '1 DIFFER' }])
  })

  test('engines agree', async () => {
    expect((await judged('engines')).parts).toMatchObject([{ passed: true, verdict: 'same' }])
    const { parts } = await judged('engines', change(wrongChanges, 'in one engine only'))
    expect(parts).toMatchObject([{ passed: false, verdict: 'DIFFERENT' }])
  })

  test('properties', async () => {
    const { parts } = await judged('properties', change(wrongChanges, 'that PMP does not check'))
    expect(parts).toMatchObject([{ passed: false, verdict: 'BROKEN' }])
    expect(parts[0].problems[0]).toMatch(/^isolation: .*\nfound after [\d,]+ cases?, \d+ steps? left of \d+\n/)
    expect(parts[0].problems[0]).toMatch(
      /\nreplay: npx yingzhou replay (out\/isolation-\w{8})\.json {4}page: \1\.html$/,
    )
  })

  test('cycles: instructions that are no longer the same, and kernels that are gone', async () => {
    const [first, ...rest] = kernels
    const gone = { ...first, name: 'gone' }
    const { parts, moves } = await judged(
      'cycles',
      {},
      { kernels: [{ ...first, instret: first.instret + 1 }, gone, ...rest] },
    )
    expect(moves).toEqual([])
    expect(parts[0].problems).toEqual([
      `rocket dcache ${first.name}: ${first.instret + 1} instructions, now ${first.instret}`,
      'rocket dcache gone: no longer measured',
    ])
  })

  test('planted bugs', async () => {
    const caught = { id: 'P15', by: 'isolation', seed: 1, cases: 6 }
    const deviates = { id: 'T06', by: 'architecture', seed: 1, cases: 4 }
    const { parts, figures } = await judged('bugs', {}, { bugs: [caught, deviates] })
    expect(parts).toMatchObject([{ passed: true, verdict: '2 of 2 still caught' }])
    expect(figures.bugs.map(({ id }) => id)).toEqual(['P15', 'T06'])
    // What is no bug cannot be caught.
    const legal = { id: 'I04', by: 'boot', seed: 1, cases: 0 }
    const lost = await judged('bugs', {}, { bugs: [legal] })
    expect(lost.parts[0].problems).toEqual([expect.stringMatching(/^I04 is no longer caught by boot: /)])
  })

  test('speed', async () => {
    const { parts } = await judged('speed', {}, { speed: 1_000_000 })
    expect(parts[0].problems).toEqual([expect.stringMatching(/times in the baseline$/)])
  })
})

test('cycles: timing that is no longer what it was', async () => {
  const slower = change(wrongChanges, 'and a slow bus')
  const { parts } = await judged('cycles', slower, { kernels })
  expect(parts[0].problems).toEqual([expect.stringMatching(/^rocket: its kernels moved by \d+\.\d % on the mean$/)])
})

test('cycles: a kernel that waits may retire more or fewer instructions, as it does on other cores', () => {
  const [first] = kernels
  const other = { ...first, core: 'rocket-l2', instret: first.instret + 6 }
  const later = { ...first, instret: first.instret + 3 }
  expect(movesOf([first, other], [later, other])).toEqual({ moves: [], problems: [] })
})

test('what a new baseline says that the old one does not', async () => {
  const [first, second, ...rest] = kernels
  const before = [{ ...first, cycles: first.cycles + 1 }, { ...second, name: 'gone' }, ...rest]
  const { changes, figures } = await judged('cycles', {}, { kernels: before })
  expect(figures.kernels.filter(({ core, elf }) => core === 'rocket' && elf === 'dcache')).toEqual(kernels)
  expect(changes.filter((line) => line.startsWith('rocket dcache'))).toEqual([
    `rocket dcache ${first.name}: ${first.cycles + 1} to ${first.cycles} cycles`,
    `rocket dcache ${second.name}: new, ${second.cycles} cycles`,
    'rocket dcache gone: gone',
  ])
})

test('cycles that move are shown, and let through', async () => {
  const { parts, moves } = await judged('cycles', change(honestChanges, 'one cycle later'), { kernels })
  expect(parts[0].passed).toBe(true)
  expect(moves.length).toBeGreaterThan(0)
  for (const { change } of moves) expect(Math.abs(change)).toBeGreaterThan(0.01)
})

describe('reports', () => {
  const report: GateReport = {
    parts: [
      {
        part: 'recorded',
        title: 'recorded Spike logs',
        passed: true,
        scope: '1 program',
        verdict: 'clean',
        problems: [],
        seconds: 1,
      },
      {
        part: 'properties',
        title: 'properties',
        passed: false,
        scope: '9 cases',
        verdict: 'BROKEN',
        problems: ['isolation: <a> | b'],
        seconds: 2,
      },
    ],
    moves: [{ core: 'rocket', elf: 'vm', name: 'walk', before: 100, after: 114, change: 0.14 }],
    seconds: 3,
    changes: [],
    figures: none,
  }

  test('name the part that failed', () => {
    expect(verdictText(report)).toBe('gate: 1 regression (properties) in 3 s')
    expect(gateMarkdown(report)).toContain('| **FAIL** | properties | 9 cases | BROKEN | 2.0 s |')
    expect(gateMarkdown(report)).toContain('| rocket | vm walk | 100 | 114 | +14.0 % |')
    expect(gateJunit(report)).toContain(
      '<failure type="regression" message="BROKEN">isolation: &#60;a&#62; | b</failure>',
    )
    const { runs } = JSON.parse(gateSarif(report, '1', 'baseline'))
    expect(runs[0].results).toMatchObject([{ ruleId: 'properties', ruleIndex: 1 }])
  })
})

describe('a baseline', () => {
  test('may change its figures, and makes up for nothing else', async () => {
    const slow = await judged('speed', {}, { speed: 1_000_000 })
    expect(unacceptable(slow)).toEqual([])
    const wrong = await judged('engines', change(wrongChanges, 'in one engine only'))
    expect(unacceptable(wrong)).toMatchObject([{ part: 'engines' }])
  })

  test('is read as it was written', async () => {
    const bugs = [{ id: 'P15', by: 'isolation', seed: 1, cases: 6 }]
    const written = { bugs, kernels: kernels.slice(0, 3), speed: 7.3 }
    await writeBaseline(folder, written)
    expect(await readBaseline(folder)).toEqual({ ...written, corpus: [] })
  })

  test('that cannot be used is one line, and exit code 2', async () => {
    const { code, err } = await heard('gate', '--baseline', join(folder, 'nosuch'))
    expect(code).toBe(2)
    expect(err).toMatch(/^yingzhou: .*planted-bugs\.txt: no such file\n$/)
    const bugs = join(folder, 'planted-bugs.txt')
    for (const row of ['P99  isolation  1  9', 'P15  isolation  one  9', 'P15  isolation']) {
      writeFileSync(bugs, `# what is caught\n${row}\n`)
      await expect(readBaseline(folder)).rejects.toThrow(`${bugs}:2: no row of a baseline: ${row}`)
    }
    writeFileSync(bugs, '')
    writeFileSync(join(folder, 'cycles.txt'), 'rocket  alu  empty  three  5\n')
    await expect(readBaseline(folder)).rejects.toThrow(InputError)
    await expect(readBaseline(folder)).rejects.toThrow(/cycles\.txt:1: no row of a baseline: rocket/)
  })
})
