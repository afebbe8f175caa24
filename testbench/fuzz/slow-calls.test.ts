import { expect, test } from 'vitest'
import { Stage } from '../../monitor/spec/fixture.ts'
import { answers } from '../calls/pick.ts'
import { isSlow, seldom } from './slow-calls.ts'

test('of slow calls those that tell more are made more often', () => {
  const stage = new Stage()
  const attest = (reportPa: bigint) =>
    ({ by: 'host', call: { call: 'attestEnclave', eid: 0n, reportPa, nonce: 0n }, pokes: [] }) as const
  expect(seldom(attest(0x8080_0000n), stage.state)).toBeLessThan(seldom(attest(answers.report), stage.state))

  const report = { by: 'enclave', call: { call: 'getReport', nameVa: 0n, reportVa: 0n, nonce: 0n }, pokes: [] } as const
  const own = stage.create('createEnclave', 0, 'own')
  const template = stage.create('createShadow', 1, 'template')
  stage.run(own)
  const ofOwn = seldom(report, stage.state)
  stage.event('timer')
  stage.fork(template, 2, 'fork')
  expect(seldom(report, stage.state)).toBeLessThan(ofOwn)
})

test('others are made whenever they are planned, and so are short keys', () => {
  const { state } = new Stage()
  expect(seldom({ by: 'timer' }, state)).toBe(1)
  expect(seldom({ by: 'enclave', call: { call: 'yield' }, pokes: [] }, state)).toBe(1)
  const key = (size: bigint) =>
    ({ by: 'enclave', call: { call: 'getKey', type: 0n, va: 0n, size }, pokes: [] }) as const
  expect([seldom(key(32n), state), seldom(key(8000n), state)]).toEqual([1, 32])
  expect(isSlow('getKey')).toBe(true)
})
