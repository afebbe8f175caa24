import { beforeAll, expect, test } from 'vitest'
import { spikeText } from '../../traces/spike/writer.ts'
import { RandomMachine, spikeConfig } from './model.ts'
import { type SettledBatch, Settler } from './settle.ts'
import { Divergence, noAgreement, SpikeComparer, sampleBatch } from './spike.ts'

let settled: SettledBatch
let log: string

/** What Spike would say if it did what the model does. */
function modelLog({ placed, ramBytes }: SettledBatch): string {
  const lines: string[] = []
  const model = new RandomMachine({
    config: spikeConfig(ramBytes),
    observers: [
      (records) => {
        for (let at = 0; at < records.length; at++) {
          lines.push(spikeText(records.at(at), (csr) => model.machine.core.csr.name(csr) ?? ''))
        }
      },
    ],
  })
  model.begin(placed)
  while (model.machine.exitCode === undefined) model.machine.run(1000)
  return lines.join('')
}

beforeAll(() => {
  settled = new Settler().settle(sampleBatch(1, 6))
  log = modelLog(settled)
})

const compare = (text: string): number => new SpikeComparer(() => text, noAgreement()).compare(settled)

test('the same seed gives the same programs, each of which ends', () => {
  const again = new Settler().settle(sampleBatch(1, 6))
  expect(again.steps).toBe(settled.steps)
  expect(again.placed).toEqual(settled.placed)
  expect(settled.numbers.length).toBeGreaterThan(3)
})

test('a log of the same instructions agrees to the end', () => {
  expect(compare(log)).toBe(log.split('\n').length - 1)
  // Spike goes on for a while after the last store.
  expect(compare(`${log}${log.slice(0, 1000)}`)).toBe(compare(log))
})

test('a log that differs in any character, lacks a line, or ends too soon is a divergence that shows both sides', () => {
  const lines = log.trimEnd().split('\n')
  for (let line = 10; line < lines.length; line += Math.ceil(lines.length / 8)) {
    const text = lines[line]
    const at = 12 + ((line * 7) % (text.length - 12))
    const other = text[at] === '1' ? '2' : '1'
    const corrupt = `${text.slice(0, at)}${other}${text.slice(at + 1)}`
    expect(() => compare([...lines.slice(0, line), corrupt, ...lines.slice(line + 1), ''].join('\n'))).toThrow(
      Divergence,
    )
    expect(() => compare([...lines.slice(0, line), ...lines.slice(line + 1), ''].join('\n'))).toThrow(text)
    expect(() => compare([...lines.slice(0, line), ''].join('\n'))).toThrow('model and Spike differ')
  }
})

test('a store-conditional that fails in the log fails in the model', () => {
  const agreement = noAgreement()
  const stored = /\(0x1[89a-f][0-9a-f]{4}[2a]f\) x(\d+) +0x0{16} mem 0x\w+ 0x\w+\n/.exec(log)
  expect(stored).not.toBeNull()
  const failedBefore = [...log.slice(0, stored!.index).matchAll(/\(0x1[89a-f][0-9a-f]{4}[2a]f\)(?!.* mem 0x\w+ 0x)/g)]
  const failing = stored![0].replace(/0x0{16} .*/, '0x0000000000000001')
  // What follows may differ then.
  try {
    new SpikeComparer(() => log.replace(stored![0], failing), agreement).compare(settled)
  } catch (error) {
    expect(error).toBeInstanceOf(Divergence)
    expect(String(error)).not.toContain(stored![0].trim())
  }
  expect(agreement.failedConditionals).toBeGreaterThan(failedBefore.length)
})
