import { expect, test } from 'vitest'
import { pipelineFixture } from './fixture.ts'
import { Predictor } from './predictor.ts'
import { indirect, SeenJumps } from './seen-jumps.ts'
import { cfiType } from './target-buffer.ts'
import { followWrongPath, type WrongPath } from './wrong-path.ts'

const CODE = 0x1000
const TARGET = 0x1400
const FIRST = 100

function fixture() {
  const { allocator, config } = pipelineFixture()
  const predictor = new Predictor(allocator, config.predictor!)
  const seen = new SeenJumps(allocator)
  /** Packets that come on a wrong path of so many cycles, with those that may ask for their line marked. */
  const follow = (cycles: number, changes: Partial<WrongPath> = {}): string[] => {
    const came: string[] = []
    const path = { low: CODE, high: 0, first: FIRST, end: FIRST + cycles - 1, inPacket: false, lost: false, waited: 0 }
    followWrongPath(predictor, seen, { ...path, ...changes }, (low, _, cycle, asks) => {
      came.push(`${cycle - FIRST} ${low.toString(16)}${asks ? '?' : ''}`)
      return true
    })
    return came
  }
  const find = (low: number): number => {
    predictor.lookup(low, 0, false, FIRST + 50)
    return predictor.buffer.entry
  }
  return { predictor, seen, follow, find }
}

test('fetch goes straight on, a packet a cycle, until the pipeline asks for another or the queue is full', () => {
  const { follow } = fixture()
  expect(follow(2)).toEqual(['0 1000?', '1 1004?'])
  expect(follow(20)).toEqual(['0 1000?', '1 1004?', '2 1008?', '3 100c?', '4 1010?'])
})

test('a packet that cannot come is the last', () => {
  const { predictor, seen } = fixture()
  let asked = 0
  const path = { low: CODE, high: 0, first: 1, end: 9, inPacket: false, lost: false, waited: 0 }
  followWrongPath(predictor, seen, path, () => ++asked < 2)
  expect(asked).toBe(2)
})

test('a direct jump that has been seen leads on two cycles later, is learned, and asks for no lines', () => {
  const { seen, follow, find } = fixture()
  seen.remember(CODE + 6, 0, cfiType.jump, TARGET, 0)
  expect(follow(5)).toEqual(['0 1000?', '1 1004?', '3 1400', '4 1404'])
  expect(find(CODE + 4)).toBeGreaterThanOrEqual(0)
})

test('behind an instruction that has waited, the queue is too full for jumps to be learned', () => {
  const { seen, follow, find } = fixture()
  seen.remember(CODE + 6, 0, cfiType.jump, TARGET, 0)
  follow(5, { waited: 2 })
  expect(find(CODE + 4)).toBe(-1)
})

test('what the target buffer has leads on in the next cycle', () => {
  const { predictor, seen, follow } = fixture()
  seen.remember(CODE + 2, 0, cfiType.jump, TARGET, 0)
  predictor.buffer.write(0, CODE + 2, 0, cfiType.jump, TARGET, 0, 1)
  expect(follow(3)).toEqual(['0 1000?', '1 1400', '2 1404'])
})

test('branches enter the history, as they are predicted', () => {
  const { predictor, seen, follow } = fixture()
  predictor.mispredicted(CODE, 0, 1)
  predictor.restoreHistory(0)
  seen.remember(CODE + 2, 0, cfiType.branch, TARGET + 4, 0)
  seen.remember(TARGET + 6, 0, cfiType.branch, CODE, 0)
  expect(follow(3)).toEqual(['0 1000?', '2 1404'])
  expect(predictor.historyAt(FIRST + 10)).toBe(0b0100_0000)
})

test('calls and returns move the return-address stack', () => {
  const { predictor, seen, follow } = fixture()
  seen.remember(CODE + 2, 0, cfiType.call, TARGET, 0)
  seen.remember(TARGET + 2, 0, cfiType.return, 0, 0)
  follow(1)
  expect([predictor.top(), predictor.targetLow]).toEqual([true, CODE + 4])
  expect(follow(1, { low: TARGET })).toEqual(['0 1400?'])
  expect(predictor.top()).toBe(false)
})

test('behind an indirect jump, fetch skips two packets and teaches the predictor nothing', () => {
  const { predictor, seen, follow, find } = fixture()
  seen.remember(CODE + 2, 0, indirect.jump, 0, 0)
  seen.remember(CODE + 10, 0, cfiType.call, TARGET, 0)
  expect(follow(4)).toEqual(['0 1000?', '2 1008'])
  expect([predictor.top(), find(CODE + 8)]).toEqual([false, -1])
})

test('a return with an empty stack is an indirect jump', () => {
  const { seen, follow } = fixture()
  seen.remember(CODE + 2, 0, cfiType.return, 0, 0)
  expect(follow(3)).toEqual(['0 1000?', '2 1008'])
})

test('the rest of the packet before comes with it, and has no address of its own', () => {
  const { predictor, seen, follow } = fixture()
  seen.remember(CODE + 2, 0, cfiType.call, TARGET, 0)
  predictor.buffer.write(0, CODE + 2, 0, cfiType.call, TARGET, 0, 1)
  expect(follow(2, { low: CODE + 2, inPacket: true })).toEqual(['1 1400'])
  expect(follow(2, { low: CODE + 2 })).toEqual(['0 1002?'])
})
