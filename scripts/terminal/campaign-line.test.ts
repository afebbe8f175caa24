import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { sampleSummary } from '../../testbench/fuzz/report/sample-story.ts'
import { campaignText, createCampaignLine } from './campaign-line.ts'
import type { Terminal } from './terminal.ts'

const state = sampleSummary()

test('a campaign is one line', () => {
  const [isolation, template] = state.promises
  const promises = [
    { ...isolation, breaches: 2 },
    { ...template, breaches: 1 },
  ]
  expect(campaignText({ ...state, promises })).toBe(
    '  04:12  1,204,551 cases  4,780/s   calls 31/34  errors 58  walks 3-deep 41 %  states 212   breaches 3 (isolation 2, shadow template 1)',
  )
  expect(campaignText({ ...state, promises: [] })).toMatch(/states 212 {3}breaches 0$/)
})

test('what is said stays above the line, and without a terminal there is no line', async () => {
  const said: string[] = []
  const terminal: Terminal = {
    print() {},
    say: (text) => said.push(text),
    exit() {},
    interrupted: AbortSignal.timeout(10_000),
  }
  const silent = await createCampaignLine(terminal)
  silent.update(state)
  silent.above('one')
  silent.stop()
  expect(said).toEqual(['one'])

  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 200, cursorTo() {}, clearLine() {} })
  let shown = ''
  stream.on('data', (data) => {
    shown += data
  })
  const line = await createCampaignLine({ ...terminal, progress: stream })
  line.update(state)
  line.above('two')
  line.stop()
  expect(said).toEqual(['one', 'two'])
  expect(shown.split('04:12')).toHaveLength(3)
})
