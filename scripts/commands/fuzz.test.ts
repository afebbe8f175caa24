import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { writeFinding } from '../../testbench/fuzz/finding.ts'
import { sampleFinding } from '../../testbench/fuzz/report/sample-story.ts'
import type { Summary } from '../../testbench/fuzz/summary.ts'
import { type Heard, listen, temporaryFolder, writeProgram } from './heard.ts'
import { yingzhou } from './yingzhou.ts'

const path = temporaryFolder()

/** Runs a command to its end, however long a busy machine takes. */
const run = (words: string, interrupted = new AbortController().signal): Promise<Heard> =>
  listen((terminal) => yingzhou(words.split(' '), terminal), interrupted)

const read = (name: string): string => readFileSync(path(name), 'utf8')

describe('a campaign on the honest core', () => {
  const out = path('honest')

  test('says in JSON what it did, and leaves the same in its folder', async () => {
    const { code, out: text, err } = await run(`fuzz --runs 25 --seed 5 --workers 2 --out ${out} --json`)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const summary: Summary = JSON.parse(text)
    expect(summary).toMatchObject({ cases: 25, seed: 5, workers: 2, shard: null, breaches: [], interrupted: false })
    expect(summary.monitor).toBe('monitor/images/firmware.elf')
    expect(summary.casesPerSecond).toBeCloseTo(25 / summary.seconds)
    const cases = Object.fromEntries(summary.promises.map((promise) => [promise.name, promise.cases]))
    expect(cases.isolation).toBe(25)
    expect(cases.secrecy).toBeGreaterThan(0)
    expect(cases.secrecy).toBeLessThanOrEqual(5)
    expect(cases['secrecy-timing']).toBe(0)
    const { calls, traps, states } = summary.reached
    expect(calls.made).toBeGreaterThan(5)
    expect(calls.made).toBeLessThanOrEqual(calls.of)
    expect(Math.min(traps, states)).toBeGreaterThan(2)
    expect(JSON.parse(read('honest/summary.json'))).toEqual(summary)
    expect(readdirSync(out).sort()).toEqual([
      ...['corpus', 'index.html', 'junit.xml', 'results.sarif', 'summary.json', 'tally.json'],
    ])
    expect(read('honest/junit.xml')).toContain('skipped="1"')
  })

  test('is taken up where it ended, with what is in its corpus; what is none is named', async () => {
    writeFileSync(path('honest/corpus/0bad.json'), '{"version":1,"start":"stage","actions":[{"what":1}],"features":[]}')
    mkdirSync(path('honest/corpus/folder.json'))
    const { code, out: text, err } = await run(`fuzz --runs 30 --workers 1 --out ${out}`)
    expect(code).toBe(0)
    expect(err.split('\n')).toEqual([
      `yingzhou: ${out}/corpus/0bad.json: no corpus entry of version 1, skipped`,
      `yingzhou: ${out}/corpus/folder.json: no corpus entry of version 1, skipped`,
      `yingzhou: ${out}: taken up after 25 cases of seed 5`,
      '',
    ])
    expect(text).toMatch(
      /^30 cases in \d\d:\d\d, \d+\/s\nseed 5, 1 worker\nmonitor monitor\/images\/firmware\.elf, core default\n/,
    )
    expect(text).toMatch(/^isolation +30 +0 {3}held$/m)
    expect(text).toMatch(/^secrecy-timing +0 +0 {3}not tried$/m)
    expect(text).toMatch(new RegExp(`\npage: ${out}/index.html\n$`))
  })

  test('begins anew with another seed', async () => {
    const { err, out: text } = await run(
      `fuzz --runs 5 --seed 6 --property isolation,server-calls --workers 1 --out ${out}`,
    )
    expect(err).not.toContain('taken up')
    expect(text).toMatch(/^5 cases/)
    expect(text.match(/held$/gm)).toHaveLength(2)
  })

  test('ends with the same table at Ctrl-C, and says so', async () => {
    const interruption = new AbortController()
    setTimeout(() => interruption.abort(new Error('SIGINT')), 4000)
    const { code, out: text } = await run(`fuzz --seed 7 --workers 1 --out ${path('cut')}`, interruption.signal)
    expect(code).toBe(130)
    expect(text).toMatch(/^promise +cases +breaches$/m)
    expect(text).toContain('interrupted: this is what was found until then')
    expect(JSON.parse(read('cut/summary.json'))).toMatchObject({ interrupted: true })
    const { err } = await run(`fuzz --runs 1 --workers 1 --out ${path('cut')}`)
    expect(err).toMatch(/taken up after [\d,]+ cases? of seed 7|^$/)
  })

  test('ends when its time is over', async () => {
    const { code, out: text } = await run(`fuzz --time 3s --workers 1 --out ${path('timed')}`)
    expect(code).toBe(0)
    expect(text).toMatch(/^[\d,]+ cases? in 00:\d\d/)
    expect(text).not.toContain('interrupted')
  })
})

describe('a campaign on a core with a planted bug', () => {
  const out = path('broken')
  const words = '--faults T01a --property isolation --workers 1'
  let first: Summary['breaches'][number]

  test('shows each breach with how to see it again', async () => {
    const { code, out: text } = await run(`fuzz --runs 12 --seed 1 ${words} --out ${out}`)
    expect(code).toBe(1)
    expect(text).toContain('core default, planted T01a\n')
    expect(text).toMatch(/^isolation +12 +\d+ {3}BROKEN$/m)
    const summary: Summary = JSON.parse(read('broken/summary.json'))
    first = summary.breaches[0]
    expect(text).toContain(`1  isolation: ${first.sentence} (`)
    expect(text).toContain(`replay: npx yingzhou replay ${first.file}    page: ${first.page}`)
    expect(first.steps.length).toBeLessThanOrEqual(5)
    expect(first.cases).toBeLessThanOrEqual(12)
    expect(readFileSync(first.page!, 'utf8')).toContain('<!doctype html>')
    expect(read('broken/results.sarif')).toContain(first.sentence)
  })

  test('whose breach is played again by replay: it breaks, and without the bug it holds', async () => {
    const page = path('again.html')
    const { code, out: text, err } = await run(`replay ${first.file} --page ${page}`)
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(text).toContain(`isolation: ${first.sentence}\n`)
    expect(text).toContain(`replay: ${first.replay}\n`)
    expect(text).toMatch(new RegExp(`page: ${page}\n$`))
    const healed = path('healed.json')
    writeFileSync(healed, readFileSync(first.file, 'utf8').replace('"T01a"', ''))
    expect(await run(`replay ${healed}`)).toMatchObject({ code: 0, out: expect.stringMatching(/^isolation: holds;/) })
  })

  test('whose breach is at its seed and path', async () => {
    const { code, out: text } = await run(`fuzz ${words} --seed ${first.seed} --path ${first.path}`)
    expect(code).toBe(1)
    const [breach, step] = text.split('\n')
    expect(breach).toMatch(/^isolation: /)
    expect(step).toMatch(/^ {2}1 {2}(host|enclave|timer|fault)/)
    const { code: held, out: none } = await run(`fuzz --property isolation --seed ${first.seed} --path ${first.path}`)
    expect({ held, none }).toEqual({ held: 0, none: 'no promise broke\n' })
  })

  test('shows what it found where there is no room to keep it', async () => {
    const full = path('full')
    mkdirSync(full)
    symlinkSync('/dev/full', path('full/junit.xml'))
    const { code, out: text, err } = await run(`fuzz --runs 12 --seed 1 ${words} --out ${full}`)
    expect({ code, err }).toEqual({ code: 2, err: `yingzhou: ${full}/junit.xml: cannot be written: no space left\n` })
    expect(text).toMatch(/^isolation +12 +\d+ {3}BROKEN$/m)
    for (const step of first.steps) expect(text).toContain(step.split('\n')[0])
    expect(readdirSync(full)).toContain(first.file.split('/').at(-1))
  })

  test('is joined from its shards', async () => {
    const shard = (name: string) => path(`shard ${name}`)
    for (const index of [1, 2]) {
      const words2 = ['--shard', `${index}/2`, '--out', shard(`${index}`)]
      await listen(
        (terminal) => yingzhou([...`fuzz --runs 12 --seed 1 ${words}`.split(' '), ...words2], terminal),
        new AbortController().signal,
      )
    }
    const merge = (...folders: string[]) =>
      listen((terminal) => yingzhou(['merge', ...folders, '--out', path('all')], terminal))
    const { code, out: text, err } = await merge(shard('2'), shard('1'))
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(text).toMatch(/^12 cases in .*\nseed 1, 2 workers\n/)
    const all: Summary = JSON.parse(read('all/summary.json'))
    expect(all.breaches[0].hash).toBe(first.hash)

    expect((await merge(shard('1'))).err).toBe('yingzhou: shard 2/2 is missing\n')
    expect(await merge(shard('1'), shard('1'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('shard 1/2 is in'),
    })
    expect(await merge(shard('1'), out)).toMatchObject({
      code: 2,
      err: expect.stringContaining('shard 1/1 has cases in common with shard 1/2'),
    })
    expect(await merge(shard('3'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('no campaign has left its tally here'),
    })
    const tally = read('shard 2/tally.json')
    writeFileSync(path('shard 2/tally.json'), tally.replace('"seed": 1', '"seed": 8'))
    expect(await merge(shard('1'), shard('2'))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/: another campaign than in .*: different seed\n$/),
    })
    writeFileSync(path('shard 2/tally.json'), tally.slice(0, 100))
    expect(await merge(shard('1'), shard('2'))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/tally\.json: not JSON: .*\n$/),
    })
  })
})

describe('what cannot be used is refused in one line', () => {
  const spin = writeProgram(path('spin.elf'), '1: j 1b')
  writeFileSync(path('file'), 'hello\n')
  writeFileSync(path('version.json'), '{"version":-1}')
  mkdirSync(path('old'))
  writeFileSync(path('old/tally.json'), '{"version":1}')
  const cases: [words: string, message: string | RegExp][] = [
    ['fuzz --property isolatoin', '--property isolatoin: there is no promise of that name; did you mean isolation?'],
    ['fuzz --property nosuch', /^--property nosuch: .*; the promises are isolation, shadow-template, /],
    ['fuzz --property secrecy-timing', /^--property secrecy-timing: core default does not say .*; try --core rocket$/],
    ['fuzz --faults T99', /^no planted bug or control is called T99/],
    ['fuzz --faults SM06,SM07', '--faults SM06 SM07: each is a monitor of its own; name one'],
    ['fuzz --monitor other.elf --faults SM06', /^--monitor other\.elf: with a bug that is in an image of its own, /],
    ['fuzz --seed 1.5', "option '--seed <n>' argument '1.5' is invalid. It is a whole number of 32 bits."],
    ['fuzz --seed 4294967296', /It is a whole number of 32 bits\.$/],
    ['fuzz --seed 1 --path 1:x', /^option '--path <path>' argument '1:x' is invalid\. It is numbers with colons/],
    ['fuzz --path 9:0:1', '--path 9:0:1: --seed is needed with it'],
    [
      'fuzz --seed 1 --path 9:20:1',
      /^--path 9:20:1: it begins with the cases of a round, at most 1000, and a part, 0 to 19$/,
    ],
    ['fuzz --time 5', /It is a time, such as 60s, 10m or 2h\.$/],
    ['fuzz --runs 0', /It is a count, 1 or more\.$/],
    ['fuzz --workers 0', /It is a count, 1 or more\.$/],
    ['fuzz --shard 3/2 --seed 1', '--shard 3/2: write it as i/n, such as 2/8'],
    ['fuzz --shard 1/2', '--shard 1/2: --seed is needed with it, the same for all shards'],
    ['fuzz --core rockt', /Allowed choices are default, rocket\.$/],
    [`fuzz --out ${path('file')}`, `${path('file')}: cannot be written: is not a directory`],
    [`fuzz --out ${path('file')}/out`, `${path('file')}/out: cannot be written: no such directory`],
    [`fuzz --out ${path('old')}`, `${path('old')}/tally.json: version: expected version 2, found 1`],
    [`fuzz --monitor ${path('file')}`, `${path('file')}: offset 0x0: not an ELF file`],
    [`fuzz --monitor ${path('nothing.elf')}`, `${path('nothing.elf')}: no such file`],
    [
      `fuzz --monitor ${spin} --runs 1 --out ${path('never')}`,
      /spin\.elf: the host at 0x80200000 was never reached; the hart is at /,
    ],
    [`replay ${path('nothing.json')}`, `${path('nothing.json')}: no such file`],
    [`replay ${path('file')}`, /^\S+file: not JSON: /],
    [`replay ${path('version.json')}`, `${path('version.json')}: version: expected version 1, found -1`],
    [`merge ${path('file')}`, /no campaign has left its tally here \(tally\.json\)$/],
  ]
  test.each(cases)('%s', async (words, message) => {
    const { code, out, err } = await run(words)
    expect({ code, out, lines: err.split('\n').length }).toEqual({ code: 2, out: '', lines: 2 })
    const line = err.replace(/^yingzhou: /, '').trimEnd()
    if (typeof message === 'string') expect(line).toBe(message)
    else expect(line).toMatch(message)
  })

  test('a finding of a promise, a point or a core that there is none of', async () => {
    const finding = JSON.parse(writeFinding(sampleFinding()))
    const changed = (change: object): string => {
      writeFileSync(path('changed.json'), JSON.stringify({ ...finding, ...change }))
      return `replay ${path('changed.json')}`
    }
    const file = path('changed.json')
    expect((await run(changed({ promise: 'secrecty' }))).err).toBe(
      `yingzhou: ${file}: promise secrecty: there is no promise of that name; did you mean secrecy?\n`,
    )
    expect((await run(changed({ core: 'tiny' }))).err).toBe(`yingzhou: ${file}: core: there is no core named tiny\n`)
    expect((await run(changed({ start: 'nowhere', faults: [] }))).err).toMatch(
      /start: monitor\/images\/firmware\.elf does not reach a point named 'nowhere'\n$/,
    )
  })
})

describe('--shard auto', () => {
  test('takes what the scheduler says, and needs one', async () => {
    const words = `fuzz --shard auto --seed 3 --runs 1 --workers 1 --property isolation --json --out ${path('auto')}`
    expect(await run(words)).toMatchObject({
      code: 2,
      err: 'yingzhou: --shard auto: none of JOB_COMPLETION_INDEX, SLURM_ARRAY_TASK_ID, CI_NODE_INDEX is set\n',
    })
    vi.stubEnv('JOB_COMPLETION_INDEX', '1')
    expect((await run(words)).err).toBe(
      'yingzhou: --shard auto: JOB_COMPLETION_INDEX is set, and JOB_COMPLETIONS is not\n',
    )
    vi.stubEnv('JOB_COMPLETIONS', '4')
    expect(JSON.parse((await run(words)).out)).toMatchObject({ shard: '2/4', cases: 0 })
    vi.unstubAllEnvs()
    expect(JSON.parse(read('auto/tally.json'))).toMatchObject({ shard: '2/4' })
  })
})
