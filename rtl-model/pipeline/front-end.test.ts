import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Refill } from '../memory/refill.ts'
import { counterIndex } from './counters.ts'
import { pipelineFixture } from './fixture.ts'
import { FrontEnd } from './front-end.ts'
import { NUMBER } from './front-state.ts'
import { timingPresets } from './timing-config.ts'
import { CALL, KIND_BRANCH, KIND_JUMP, KIND_JUMP_REGISTER, RETURN, SHORT } from './timing-decode.ts'

/** Where the programs are; their lines are in the cache when they start. */
const CODE = 0x1000
const LINES = 8
const TARGET = CODE + 128
/** When they start: the first address is chosen then. */
const START = 1000

/** Runs instructions of 4 bytes one after the other, each issued as soon as it can be. */
class Program {
  readonly counts: Float64Array
  readonly front: FrontEnd
  issued = 0

  constructor(hasPredictor: boolean) {
    const predictor = hasPredictor ? timingPresets.rocket.predictor : undefined
    const { allocator, config, counts } = pipelineFixture({ predictor })
    this.counts = counts
    this.front = new FrontEnd(allocator, config, new Refill(allocator, config, counts), counts)
    for (let line = 0; line < LINES; line++) {
      this.front.redirect(100 * line)
      this.front.fetch(CODE + 64 * line, 0, 4, CODE / 64 + line, 100 * line, false)
    }
    counts.fill(0)
    this.restart(START)
  }

  /** The pipeline asks for the next instruction in cycle `now`. */
  restart(now: number): void {
    this.front.redirect(now)
    this.issued = now
  }

  /** When the instruction at `pc` is issued, which waits `stall` cycles in decode. */
  run(pc: number, stall = 0, length = 4): number {
    const { front } = this
    const ready = front.fetch(pc, 0, length, Math.floor(pc / 64), this.issued, false)
    this.issued = Math.max(ready, this.issued + 1) + stall
    front.taken[front.state[NUMBER] & 7] = this.issued
    return this.issued
  }

  /** Runs a branch or jump at `pc` that goes on at `follow`; `target` is where its bits say. */
  flow(kind: number, packed: number, pc: number, follow: number, target = follow, stall = 0): number {
    const issue = this.run(pc, stall, (packed & SHORT) !== 0 ? 2 : 4)
    this.front.controlFlow.resolve(kind, packed, pc, 0, target - pc, follow, 0, issue)
    return issue
  }
}

test('straight-line code comes a packet a cycle, the first two cycles after its address is chosen', () => {
  const program = new Program(true)
  expect([0, 1, 2, 3].map((index) => program.run(CODE + 4 * index) - START)).toEqual([2, 3, 4, 5])
})

test('a packet holds two short instructions', () => {
  const { front } = new Program(true)
  expect(front.fetch(CODE, 0, 2, CODE / 64, START, false)).toBe(START + 2)
  expect(front.fetch(CODE + 2, 0, 2, CODE / 64, START + 2, false)).toBe(START + 2)
  expect(front.fetch(CODE + 4, 0, 4, CODE / 64, START + 3, false)).toBe(START + 3)
})

test('an instruction across two packets comes with the second', () => {
  const { front } = new Program(true)
  expect(front.fetch(CODE + 2, 0, 4, CODE / 64, START, false)).toBe(START + 3)
})

test('an instruction across two packets that a jump leads to waits a cycle, even if both are there', () => {
  // The second time the target buffer predicts the jump, and its target comes while it waits.
  const times = (jumpLength: 2 | 4): number => {
    const program = new Program(true)
    let taken = 0
    for (let time = 0; time < 2; time++) {
      program.restart(START + 100 * time)
      if (jumpLength === 2) program.run(CODE, 0, 2)
      const at = jumpLength === 2 ? CODE + 2 : CODE
      program.flow(KIND_JUMP, jumpLength === 2 ? SHORT : 0, at, TARGET + 2, TARGET + 2, 10)
      const before = program.issued
      taken = program.run(TARGET + 2) - before
    }
    return taken
  }
  expect(times(4)).toBe(2)
  // A jump that is the second of its packet has left the queue by then.
  expect(times(2)).toBe(1)
})

test('fetch is not held up behind an instruction that waits', () => {
  const program = new Program(true)
  program.run(CODE, 20)
  const issues = Array.from({ length: 12 }, (_, index) => program.run(CODE + 4 + 4 * index))
  expect(issues).toEqual(issues.map((_, index) => issues[0] + index))
})

test('behind an instruction that waits, a line is asked for four packets ahead, and no further', () => {
  const far = CODE + 64 * LINES
  const alone = new Program(false)
  const miss = alone.run(far) - START - 2
  // From the issue of the one that waited to that of the first in the new line.
  const waits = (packets: number): number => {
    const program = new Program(false)
    const waited = program.run(far - 4 * packets, 100)
    for (let index = packets - 1; index > 0; index--) program.run(far - 4 * index)
    return program.run(far) - waited
  }
  expect([3, 4, 5, 6].map(waits)).toEqual([3, 4, 3 + miss, 4 + miss])
})

test('a line that is not there comes once; its packet is asked for every other cycle until then', () => {
  const program = new Program(true)
  const far = CODE + 64 * LINES
  const issue = program.run(far) - START
  // The latency and the bus, from when the miss was seen.
  const ready = 2 + 20 + timingPresets.rocket.bus.fetchRefill + 3
  expect([ready, ready + 1]).toContain(issue)
  expect(issue % 2).toBe(0)
  expect(program.run(far + 4) - START).toBe(issue + 1)
  program.restart(START + 200)
  expect(program.run(far)).toBe(START + 202)
  expect(program.counts[counterIndex.icacheMisses]).toBe(1)
})

test('fence.i empties the cache', () => {
  const program = new Program(true)
  program.front.flushCache()
  expect(program.run(CODE)).toBeGreaterThan(START + 20)
})

test('what follows an instruction that empties the pipeline comes two cycles after it asks', () => {
  const program = new Program(true)
  program.run(CODE)
  program.front.restart(program.issued + 3, false)
  const before = program.issued
  expect(program.run(CODE + 4) - before).toBe(5)
})

test('a TLB miss of fetch waits for the walk', () => {
  const program = new Program(true)
  program.front.walked = (asked) => asked + 40
  const arrival = program.front.fetch(CODE, 0, 4, CODE / 64, program.issued, true)
  expect([START + 44, START + 45]).toContain(arrival)
})

/** Cycles from a branch or jump to what follows, beyond one: each time that it runs. */
function costs(hasPredictor: boolean, times: number, flow: (program: Program, time: number) => number): number[] {
  const program = new Program(hasPredictor)
  return Array.from({ length: times }, (_, time) => {
    program.restart(START + 100 * time)
    const follow = flow(program, time)
    const before = program.issued
    return program.run(follow) - before - 1
  })
}

test('without a predictor, each taken jump costs three cycles, and a branch that is not taken none', () => {
  const jump = (program: Program) => {
    program.flow(KIND_JUMP, 0, CODE, TARGET)
    return TARGET
  }
  expect(costs(false, 2, jump)).toEqual([3, 3])
  const branch = (program: Program, time: number) => {
    const follow = time === 1 ? TARGET : CODE + 4
    program.flow(KIND_BRANCH, 0, CODE, follow, TARGET)
    return follow
  }
  expect(costs(false, 3, branch)).toEqual([0, 3, 0])
})

test('a direct jump costs one cycle the first time, and then none', () => {
  const jump = (program: Program) => {
    program.flow(KIND_JUMP, 0, CODE, TARGET)
    return TARGET
  }
  expect(costs(true, 3, jump)).toEqual([1, 0, 0])
})

test('an indirect jump costs three cycles when its target is new', () => {
  const targets = [TARGET, TARGET, TARGET + 16, TARGET + 16]
  const jump = (program: Program, time: number) => {
    program.flow(KIND_JUMP_REGISTER, 0, CODE, targets[time])
    return targets[time]
  }
  expect(costs(true, 4, jump)).toEqual([3, 0, 3, 0])
})

test('a branch that changes its direction costs three cycles', () => {
  const follows = [CODE + 4, TARGET, CODE + 4, CODE + 4]
  const branch = (program: Program, time: number) => {
    // Eight branches that are not taken make it forget all others; the last is not in the history in time.
    for (let index = 0; index < 9; index++) program.flow(KIND_BRANCH, 0, CODE + 256 + 4 * index, CODE + 260 + 4 * index)
    program.flow(KIND_BRANCH, 0, CODE, follows[time], TARGET)
    return follows[time]
  }
  expect(costs(true, 4, branch)).toEqual([0, 3, 3, 0])
})

test('a return to its call costs one cycle the first time, then none, wherever it was called from', () => {
  const places = [CODE, CODE + 32, CODE + 64]
  const call = (program: Program, time: number) => {
    program.flow(KIND_JUMP, CALL, places[time], TARGET)
    for (let index = 0; index < 4; index++) program.run(TARGET + 4 * index)
    program.flow(KIND_JUMP_REGISTER, RETURN, TARGET + 16, places[time] + 4)
    return places[time] + 4
  }
  expect(costs(true, 3, call)).toEqual([1, 0, 0])
})

test('a jump that fetch enters in the upper half of its packet costs one cycle each time', () => {
  const jump = (program: Program) => {
    program.flow(KIND_JUMP, SHORT, CODE + 2, TARGET)
    return TARGET
  }
  expect(costs(true, 3, jump)).toEqual([1, 1, 1])
})

test('an entry is for the half of its packet that jumped: the branch before it is not taken for it', () => {
  const program = new Program(true)
  const jumps = [0, 1, 2].map((time) => {
    program.restart(START + 100 * time)
    program.flow(KIND_BRANCH, SHORT, CODE, CODE + 2, TARGET)
    program.flow(KIND_JUMP, SHORT, CODE + 2, TARGET)
    const before = program.issued
    return program.run(TARGET) - before - 1
  })
  // The target comes while the branch is still there: the two cost nothing together.
  expect(jumps).toEqual([0, 0, 0])
  expect(program.counts[counterIndex.branchMispredictions]).toBe(0)
  expect(program.counts[counterIndex.targetMispredictions]).toBe(0)
})

/** Fetch without prediction, cycle by cycle: two stages, and a queue that a redirection empties. */
class NaiveFetch {
  readonly #queue: number[] = []
  #first: number | undefined
  #second: number | undefined
  #next = 0
  #waits = false

  /** One cycle, in which decode is offered the instruction at `pc`, and may take it. */
  cycle(takes: (pc: number) => boolean, redirect: number | undefined): void {
    const held = this.#queue.length
    const stages = [this.#first, this.#second].filter((stage) => stage !== undefined).length
    const hasSpace = held < 3 || (held < 4 && stages < 2) || (held < 5 && stages === 0)
    const arrives = this.#second !== undefined && held < 5
    if (arrives) this.#queue.push(this.#second!)
    if (this.#queue.length > 0 && takes(this.#queue[0])) this.#queue.shift()
    if (redirect !== undefined) {
      this.#queue.length = 0
      this.#first = redirect
      this.#second = undefined
      this.#next = redirect + 4
      this.#waits = false
      return
    }
    // A packet that found no place is asked for again.
    const replays = (this.#second !== undefined && !arrives) || this.#waits
    if (replays && this.#second !== undefined) this.#next = this.#second
    this.#second = replays ? undefined : this.#first
    this.#first = hasSpace ? this.#next : undefined
    if (hasSpace) this.#next += 4
    this.#waits = replays && !hasSpace
  }
}

test('any program of stalls and jumps without prediction is issued as where fetch goes cycle by cycle', () => {
  const step = fc.record({
    stall: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 12 })),
    jump: fc.option(fc.integer({ min: 0, max: 15 }), { freq: 5, nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const program = new Program(false)
      const naive = new NaiveFetch()
      let cycle = START
      naive.cycle(() => false, CODE)
      let pc = CODE
      let redirectAt = -1
      for (const { stall, jump } of steps) {
        const follow = jump === undefined ? pc + 4 : CODE + 4 * jump
        const issue =
          jump === undefined ? program.run(pc, stall) : program.flow(KIND_JUMP, 0, pc, follow, follow, stall)
        let waited = -1
        while (waited < stall) {
          cycle++
          const takes = (offered: number): boolean => {
            if (cycle <= redirectAt) return true
            expect(offered).toBe(pc)
            waited++
            return waited === stall
          }
          naive.cycle(takes, cycle === redirectAt ? pc : undefined)
        }
        expect(issue).toBe(cycle)
        if (jump !== undefined) redirectAt = cycle + 2
        pc = follow
      }
    }),
  )
})
