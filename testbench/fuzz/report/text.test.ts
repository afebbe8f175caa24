import { describe, expect, test } from 'vitest'
import { sampleBreach, sampleSummary } from './sample-story.ts'
import { breachText, summaryText } from './text.ts'
import { clock, deepWalks } from './words.ts'

describe('a breach on the terminal', () => {
  test('says what broke, how to get there, why, and how to see it again', () => {
    expect(breachText(sampleBreach())).toBe(`isolation: the host reads a page of enclave 1 while the enclave is stopped
found after 812 cases, 5 steps left of 41
  1  host     ld a0, 0(s1)                       s1 0x81042000
  2  host     createEnclave(paramPa 0x80201000)  -> eid 1
  3  host     runEnclave(eid 1, paramPa 0x80201400)
  4  timer    stops enclave 1
  5  host     sfence.vma s1, x0                  s1 0x81042000
     host     ld a0, 0(s1)
     host     c.li a0, 0
why: DTLB entry 3 (global, va 0x81000000, 2 MiB) survived step 5
     its page belongs to enclave 1 since step 2
replay: npx yingzhou replay out/isolation-7f3a91c2.json    page: out/isolation-7f3a91c2.html`)
  })

  test('leaves out what is not known', () => {
    const { page: _, ...breach } = { ...sampleBreach(), why: [], elf: 'out/7f3a.elf', steps: ['timer'], cases: 1 }
    expect(breachText(breach).split('\n').slice(1)).toEqual([
      'found after 1 case, 1 step left of 41',
      '  1  timer',
      'replay: npx yingzhou replay out/isolation-7f3a91c2.json    program: out/7f3a.elf',
    ])
  })
})

describe('a summary on the terminal', () => {
  test('has a row for each promise, and each breach once', () => {
    expect(summaryText(sampleSummary())).toBe(`1,204,551 cases in 04:12, 4,780/s
seed 42, 2 workers
monitor monitor/images/firmware.elf, core rocket, planted V10

promise               cases   breaches
isolation         1,204,551          1   BROKEN
shadow template   1,204,551          0   held
secrecy                   0          0   not tried

reached: 31 of 34 calls, 58 errors of calls, 9 trap causes, 1,000 page walks, 41 % of them 3 deep, 7 PMP entries, 11 sorts of TLB events, 212 states

1  isolation: the host reads a page of enclave 1 while the enclave is stopped (5 steps of 41)
   replay: npx yingzhou replay out/isolation-7f3a91c2.json    page: out/isolation-7f3a91c2.html`)
  })

  test('says when there is more to be had', () => {
    const text = summaryText({ ...sampleSummary(), breaches: [], shard: '2/8', interrupted: true })
    expect(text).toContain('seed 42, 2 workers, shard 2/8\n')
    expect(text).toMatch(/\n\ninterrupted: this is what was found until then$/)
  })
})

test('a clock shows hours where there are any', () => {
  expect([0, 59.9, 252.4, 3600 + 252].map(clock)).toEqual(['00:00', '00:59', '04:12', '1:04:12'])
})

test('no walks are not deep', () => {
  expect(deepWalks([0, 0, 0])).toBe(0)
})
