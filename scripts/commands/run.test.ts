import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { heard, sends, temporaryFolder, writeProgram } from './heard.ts'

const path = temporaryFolder()
const program = writeProgram(path('seven.elf'), `${sends('h')}${sends('i')}${sends('\n')}\n li a0, 7`)
const engines = ['wasm', 'reference']

describe.each(engines)('run --engine %s', (engine) => {
  test('prints what the program sends, and exits with its code', async () => {
    expect(await heard('run', program, '--engine', engine)).toEqual({ code: 7, out: 'hi\n', err: '' })
  })
})

describe('the exit code of run', () => {
  test.each([
    [0, 0],
    [255, 255],
    [256, 255],
    [258, 2],
  ])('is the low 8 bits of the program’s, but never 0 for a failure: %d gives %d', async (given, code) => {
    const elf = writeProgram(path(`exit${given}.elf`), `li a0, ${given}`)
    expect(await heard('run', elf)).toMatchObject({ code })
  })

  test('is 124 where the program has not ended after --max-instructions, and says where it is', async () => {
    const endless = writeProgram(path('endless.elf'), 'here: j here')
    expect(await heard('run', endless, '--max-instructions', '1000')).toEqual({
      code: 124,
      out: '',
      err: `yingzhou: ${endless}: not ended after 1000 instructions; next is 0x80000000 <_start+0x0>\n`,
    })
  })
})

describe('run --json', () => {
  test('has the whole exit code, the counts and the output', async () => {
    const elf = writeProgram(
      path('json.elf'),
      `${sends('x')}\n la t0, handler\n csrw mtvec, t0\n ecall\n .balign 4\nhandler: li a0, 300`,
    )
    const { code, out, err } = await heard('run', elf, '--json')
    expect({ code, err }).toEqual({ code: 44, err: '' })
    expect(JSON.parse(out)).toMatchObject({
      program: elf,
      exitCode: 300,
      traps: { trap_machine_ecall: 1 },
      itlbFills: 0,
      output: 'x',
    })
  })

  test('has exit code null where the program has not ended', async () => {
    const { out } = await heard('run', program, '--json', '--max-instructions', '6')
    expect(JSON.parse(out)).toMatchObject({ exitCode: null, instructions: 6, pc: '0x80000004' })
  })
})

describe('run --stats', () => {
  test('counts instructions, traps by cause and fills, on standard error', async () => {
    const { out, err } = await heard(
      'run',
      writeProgram(path('stats.elf'), ' csrw mtvec, zero\n ebreak'),
      '--stats',
      '--max-instructions',
      '100',
    )
    expect(out).toBe('')
    expect(err).toMatch(/^instructions +6$/m)
    expect(err).toMatch(/^traps +94$/m)
    expect(err).toMatch(/^ {2}trap_breakpoint +1$/m)
    expect(err).toMatch(/^ {2}trap_instruction_access_fault +93$/m)
  })
})

describe('run --trace', () => {
  test('writes a Spike commit log', async () => {
    await heard('run', program, '--trace', path('run.log'))
    const lines = readFileSync(path('run.log'), 'utf8').split('\n')
    expect(lines[0]).toBe('core   0: 3 0x0000000000001000 (0x00000297) x5  0x0000000000001000')
    expect(lines.filter((line) => /^core {3}0: 3 0x00000000800000.. \(0x451d\) x10 0x0{15}7$/.test(line))).toHaveLength(
      1,
    )
  })

  test('writes RVFI as JSON lines', async () => {
    await heard('run', program, '--trace', path('run.rvfi'), '--trace-format', 'rvfi')
    const [first] = readFileSync(path('run.rvfi'), 'utf8').split('\n')
    expect(JSON.parse(first)).toMatchObject({ valid: 1, order: '0x0', insn: '0x297', pc_rdata: '0x1000' })
  })

  test('packs a file whose name ends in .gz', async () => {
    await heard('run', program, '--trace', path('plain.log'))
    await heard('run', program, '--trace', path('packed.log.gz'))
    expect(gunzipSync(readFileSync(path('packed.log.gz'))).toString()).toBe(readFileSync(path('plain.log'), 'utf8'))
  })

  test('leaves the old file, and nothing else, when the run fails', async () => {
    writeFileSync(path('old.log'), 'old')
    const before = readdirSync(path('.'))
    const { code } = await heard('run', path('old.log'), '--trace', path('old.log'))
    const outside = await heard('run', program, '--set', 'ramBase=0x90000000', '--trace', path('old.log'))
    expect([code, outside.code]).toEqual([2, 2])
    expect(readFileSync(path('old.log'), 'utf8')).toBe('old')
    expect(readdirSync(path('.'))).toEqual(before)
  })
})

describe('run --signature', () => {
  test('writes 16 bytes to a line, the highest address first, the last filled up with zeros', async () => {
    await heard('run', program, '--signature', path('signature'))
    expect(readFileSync(path('signature'), 'utf8')).toBe(
      '00000000000000000123456789abcdef\n00000000000000000000000000000005\n',
    )
  })

  test('writes as many bytes to a line as --signature-granularity says', async () => {
    await heard('run', program, '--signature', path('signature'), '--signature-granularity', '4')
    expect(readFileSync(path('signature'), 'utf8')).toBe('89abcdef\n01234567\n00000000\n00000000\n00000005\n')
  })
})

describe('run --set', () => {
  test('changes the core: PMP CSRs of a core without PMP trap', async () => {
    const elf = writeProgram(
      path('pmp.elf'),
      ' la t0, handler\n csrw mtvec, t0\n csrr t1, pmpaddr0\n .balign 4\nhandler: csrr a0, mcause',
    )
    expect(await heard('run', elf)).toMatchObject({ code: 0 })
    expect(await heard('run', elf, '--set', 'pmpEntries=0')).toMatchObject({ code: 2 })
  })

  test.each([
    ['pmpEntrys=8', '--set pmpEntrys=8: there is no parameter pmpEntrys; did you mean pmpEntries?'],
    ['pmpEntries=5', '--set pmpEntries=5: pmpEntries is 0, 8, 16 or 64, not "5"'],
    ['pmpEntries', '--set pmpEntries: write it as PARAMETER=VALUE'],
    ['pmpVerdictCached=1', '--set pmpVerdictCached=1: pmpVerdictCached is true or false, not "1"'],
    ['ramBytes=64M', '--set ramBytes=64M: ramBytes is a multiple of 65536, 65536 to 2147483648, not "64M"'],
  ])('says what it allows: %s', async (setting, message) => {
    expect(await heard('run', program, '--set', setting)).toEqual({ code: 2, out: '', err: `yingzhou: ${message}\n` })
  })

  test('lists the parameters where none is near', async () => {
    const { err } = await heard('run', program, '--set', 'cacheColour=blue')
    expect(err).toMatch(
      /^yingzhou: --set cacheColour=blue: there is no parameter cacheColour; the parameters are ramBase, /,
    )
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})

describe('run --core', () => {
  const stepwise = ['--core', 'functional', '--json']

  test('takes the cycles of a Rocket core by default, and one a step where it is functional', async () => {
    const [rocket, functional] = [await heard('run', program, '--json'), await heard('run', program, ...stepwise)].map(
      ({ out }) => JSON.parse(out),
    )
    expect(functional.cycles).toBe(functional.instructions)
    expect(rocket.instructions).toBe(functional.instructions)
    expect(rocket.cycles).toBeGreaterThan(2 * rocket.instructions)
    expect(rocket.timing.icacheMisses).toBeGreaterThan(0)
    expect(functional.timing).toBeUndefined()
  })

  test('is changed by --set, whichever comes first', async () => {
    const cycles = async (...words: string[]) =>
      JSON.parse((await heard('run', program, '--json', ...words)).out).cycles
    const slow = await cycles('--set', 'memoryLatency=60', '--core', 'rocket-medium')
    expect(slow).toBe(await cycles('--core', 'rocket-medium', '--set', 'memoryLatency=60'))
    expect(slow).toBeGreaterThan(await cycles('--core', 'rocket-medium'))
  })

  test('counts what the timing counts in --stats, and only there', async () => {
    expect((await heard('run', program, '--stats')).err).toMatch(/^ {2}icache misses +[1-9]/m)
    expect((await heard('run', program, '--stats', '--core', 'functional')).err).not.toContain('misses')
  })
})

describe('run --pipeline and --wave', () => {
  test('write the pipeline, and change neither the cycles nor what is printed', async () => {
    const plain = await heard('run', program, '--json')
    const traced = await heard('run', program, '--json', '--pipeline', path('k'), '--wave', path('w'))
    const { seconds: _, ...figures } = JSON.parse(plain.out)
    expect(JSON.parse(traced.out)).toMatchObject(figures)
    const kanata = readFileSync(path('k'), 'utf8')
    expect(kanata).toMatch(/^Kanata\t0004\nC=\t0\nI\t0\t0\t0\n/)
    expect(kanata.match(/^I\t/gm)).toHaveLength(figures.instructions)
    expect(kanata.match(/^R\t/gm)).toHaveLength(figures.instructions)
    expect(readFileSync(path('w'), 'utf8')).toContain('$enddefinitions $end\n#0\n$dumpvars\n')
  })

  test.each(['--pipeline', '--wave'])('%s asks for a core with timing', async (option) => {
    const { code, err } = await heard('run', program, '--core', 'functional', option, path('none'))
    expect(code).toBe(2)
    expect(err).toContain('core without timing')
    expect(readdirSync(path('.'))).not.toContain('none')
  })
})

test('mhpmcounter3 counts the event that mhpmevent3 says, and 0 where nothing is timed', async () => {
  const text = ' li t0, 1\n csrw mhpmevent3, t0\n la t1, tohost\n ld t2, 8(t1)\n ld t2, 8(t1)\n csrr a0, mhpmcounter3'
  const elf = writeProgram(path('events.elf'), text)
  expect(await heard('run', elf)).toMatchObject({ code: 2 })
  expect(await heard('run', elf, '--engine', 'reference')).toMatchObject({ code: 2 })
  expect(await heard('run', elf, '--core', 'functional')).toMatchObject({ code: 0 })
})

test('mcountinhibit stops mhpmcounter3 for the loads behind it, in both engines alike', async () => {
  const text = `
 li t0, 1
 csrw mhpmevent3, t0
 la t1, tohost
 ld t2, 8(t1)
 csrwi mcountinhibit, 8
 ld t2, 8(t1)
 ld t2, 8(t1)
 csrwi mcountinhibit, 0
 ld t2, 8(t1)
 ld t2, 8(t1)
 csrr a0, mhpmcounter3`
  const elf = writeProgram(path('stopped.elf'), text)
  expect(await heard('run', elf)).toMatchObject({ code: 3 })
  expect(await heard('run', elf, '--engine', 'reference')).toMatchObject({ code: 3 })
})
