import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pipelineFixture } from './fixture.ts'
import { LATEST, Scoreboard, UNIT_REGISTER } from './scoreboard.ts'

const scoreboard = () => new Scoreboard(pipelineFixture().allocator)

test('an instruction waits for the registers that it reads, and for the one that it writes', () => {
  const unit = scoreboard()
  unit.result(5, 12)
  unit.result(6, 14)
  unit.result(7, 13)
  expect(unit.operands(10, 1, 2, 3)).toBe(10)
  expect(unit.operands(10, 5, 2, 3)).toBe(12)
  expect(unit.operands(10, 5, 6, 3)).toBe(14)
  expect(unit.operands(10, 5, 2, 7)).toBe(13)
  expect(unit.operands(20, 5, 6, 7)).toBe(20)
})

test('x0 is never waited for', () => {
  const unit = scoreboard()
  unit.result(0, 100)
  unit.unitResult(0, 200)
  expect(unit.operands(10, 0, 0, 0)).toBe(10)
  expect(unit.state[LATEST]).toBe(0)
})

test('latest is the last cycle that any register is waited for', () => {
  const unit = scoreboard()
  unit.result(5, 30)
  unit.result(6, 20)
  expect(unit.state[LATEST]).toBe(30)
})

test('the iterative unit is free when its result is there', () => {
  const unit = scoreboard()
  unit.unitResult(5, 50)
  expect(unit.unitFree).toBe(50)
  expect(unit.operands(10, 5, 0, 0)).toBe(50)
})

test('a result of the iterative unit gives way to instructions that write in its cycle, one after the other', () => {
  const unit = scoreboard()
  unit.unitResult(5, 50)
  unit.writes(49)
  expect(unit.unitFree).toBe(50)
  unit.writes(50)
  unit.writes(51)
  expect(unit.operands(0, 5, 0, 0)).toBe(52)
  expect(unit.state[UNIT_REGISTER]).toBe(5)
  unit.writes(53)
  expect([unit.unitFree, unit.state[UNIT_REGISTER]]).toEqual([52, 0])
})

test('times that move stay as far from each other, and those long past do not come back', () => {
  const unit = scoreboard()
  unit.result(5, 1100)
  unit.unitResult(6, 1200)
  unit.rebase(1000)
  expect([unit.operands(0, 5, 0, 0), unit.operands(0, 6, 0, 0), unit.unitFree, unit.state[LATEST]]).toEqual([
    100, 200, 200, 200,
  ])
  for (let moved = 0; moved < 8; moved++) unit.rebase(1 << 29)
  expect(unit.operands(0, 5, 6, 0)).toBe(0)
})

const register = fc.integer({ min: 0, max: 5 })
const step = fc.record({
  rs1: register,
  rs2: register,
  rd: register,
  latency: fc.integer({ min: 1, max: 12 }),
  unit: fc.boolean(),
  stall: fc.integer({ min: 0, max: 2 }),
})

test('any program issues as where each cycle asks anew which results are still to come', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const unit = scoreboard()
      // Results to come: register, cycle from which it can be used.
      const coming: { rd: number; at: number; isUnit: boolean }[] = []
      let now = 10
      for (const { rs1, rs2, rd, latency, unit: usesUnit, stall } of steps) {
        now += 1 + stall
        let issue = now
        const waits = (cycle: number) =>
          coming.some(
            (result) =>
              result.at > cycle &&
              ((result.rd !== 0 && [rs1, rs2, rd].includes(result.rd)) || (usesUnit && result.isUnit)),
          )
        while (waits(issue)) issue++
        const ready = unit.operands(now, rs1, rs2, rd)
        now = usesUnit ? Math.max(ready, unit.unitFree) : ready
        expect(now).toBe(issue)
        if (usesUnit) {
          unit.unitResult(rd, now + 2 + latency)
          coming.push({ rd, at: now + 2 + latency, isUnit: true })
          continue
        }
        const late = 1 + (latency % 3)
        unit.result(rd, now + late)
        if (rd !== 0) coming.push({ rd, at: now + late, isUnit: false })
        if (rd !== 0 && unit.state[UNIT_REGISTER] !== 0) unit.writes(now + 3)
        for (const result of coming) {
          if (rd !== 0 && result.isUnit && result.rd !== 0 && result.at === now + 3) result.at++
        }
      }
    }),
  )
})
