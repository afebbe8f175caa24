import { expect, test } from 'vitest'
import { sampleSteps } from '../sample-steps.ts'
import { VcdWriter } from './writer.ts'

/** Reads a VCD: of each signal, its value at each time at which it changes. */
function readVcd(text: string): { widths: Map<string, number>; changes: Map<string, [time: number, value: bigint][]> } {
  const [header, body] = text.split('$enddefinitions $end\n')
  const names = new Map<string, string>()
  const widths = new Map<string, number>()
  for (const [, width, code, name] of header.matchAll(/\$var wire (\d+) (\S+) (\w+)(?: \[\d+:0\])? \$end/g)) {
    expect(names.has(code)).toBe(false)
    names.set(code, name)
    widths.set(name, Number(width))
  }
  expect(header.match(/\$scope/g)).toHaveLength(header.match(/\$upscope/g)?.length ?? 0)
  const changes = new Map([...names.values()].map((name) => [name, [] as [number, bigint][]]))
  let time = -1
  for (const line of body.trimEnd().split('\n')) {
    if (/^\$(dumpvars|end)$/.test(line)) continue
    const [, at, scalar, scalarCode, vector, vectorCode] = /^(?:#(\d+)|([01])(\S+)|b([01]+) (\S+))$/.exec(line) ?? []
    if (at !== undefined) {
      expect(Number(at)).toBeGreaterThan(time)
      time = Number(at)
      continue
    }
    const name = names.get(scalarCode ?? vectorCode)
    expect(name, line).toBeDefined()
    expect(vector?.length ?? 1).toBeLessThanOrEqual(widths.get(name!)!)
    changes.get(name!)!.push([time, BigInt(`0b${scalar ?? vector}`)])
  }
  return { widths, changes }
}

function written() {
  const writer = new VcdWriter()
  const header = writer.header()
  const text = sampleSteps().map((step) => writer.add(step))
  return { text: header + text.join('') + writer.end() }
}

/** Cycles in which a signal is 1. */
function cyclesHigh(name: string): number[] {
  const all = readVcd(written().text).changes.get(name)!
  return all.flatMap(([time, value], index) => {
    const to = all[index + 1]?.[0] ?? time
    return value === 1n ? Array.from({ length: (to - time) / 2 }, (_, cycle) => time / 2 + cycle) : []
  })
}

test('the header says the time scale, and every signal has its first value', () => {
  const { text } = written()
  expect(text).toContain('$timescale 1 ns $end')
  for (const [name, changes] of readVcd(text).changes) expect(changes[0]?.[0], name).toBe(20)
})

test('the clock rises at the start of each cycle, and the cycle is counted', () => {
  const { changes } = readVcd(written().text)
  const rises = changes.get('clk')!.filter(([, value]) => value === 1n)
  expect(rises.map(([time]) => time)).toEqual(Array.from({ length: 21 }, (_, cycle) => 20 + 2 * cycle))
  expect(changes.get('cycle')!.every(([time, value]) => BigInt(time) === 2n * value)).toBe(true)
})

test('a stage is valid while an instruction is in it', () => {
  // The next instruction is fetched while the one before leaves.
  expect(cyclesHigh('fetch_valid')).toEqual([10, 11, 12, 19, 20, 21, 22, 23, 24, 25])
  expect(cyclesHigh('execute_valid')).toEqual([13, 14, 24, 26, 27])
  expect(cyclesHigh('writeback_valid')).toEqual([15, 26, 28, 29])
})

test('stalls, walks and events are where they happen', () => {
  expect(cyclesHigh('stall_dtlb_miss')).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21, 22])
  expect(cyclesHigh('stall')).toEqual([13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24])
  expect(cyclesHigh('dtlb_miss')).toEqual([15])
  expect(cyclesHigh('walk')).toEqual([13, 14, 15, 16, 17, 18, 19])
  expect(cyclesHigh('trap')).toEqual([29])
})

test('what retires shows its address, what traps its cause', () => {
  const { changes } = readVcd(written().text)
  expect(changes.get('retired_pc')!.at(-1)).toEqual([56, 0x8000_0008n])
  expect(changes.get('trap_cause')!.at(-1)).toEqual([58, 8n])
  expect(
    changes
      .get('mcycle')!
      .slice(1)
      .map(([time, value]) => BigInt(time) / 2n === value),
  ).not.toContain(false)
})
