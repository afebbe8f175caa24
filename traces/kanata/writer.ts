import type { PipelineStep } from '../pipeline-step.ts'

/** Lanes of a row: the stages, and what makes the instruction wait. */
const STAGES = 0
const STALLS = 1

interface Event {
  cycle: number
  line: string
}

/**
 * Writes a pipeline as a Kanata log, version 4, for Konata. Lane 0 has the stages F, D, X, M and W; lane 1 what an
 * instruction waits for, with walks as a stage of their own.
 */
export class KanataWriter {
  #events: Event[] = []
  #cycle: number | undefined
  #id = 0
  #retired = 0
  /** Of each register, the instruction that wrote it last and the cycle in which it left. */
  readonly #writers: { id: number; leaves: number }[] = Array.from({ length: 32 }, () => ({ id: -1, leaves: -1 }))

  /** The lines that no later step comes before. */
  add(step: PipelineStep): string {
    const { retirement, times } = step
    const id = this.#id++
    const at = (cycle: number, ...words: (string | number)[]): void => {
      this.#events.push({ cycle, line: words.join('\t') })
    }
    const leaves = times.issue + 4
    at(times.fetch, 'I', id, retirement.order.toString(), 0)
    at(times.fetch, 'L', id, 0, oneLine(step.label))
    at(times.fetch, 'L', id, 1, oneLine(`retires in cycle ${times.issue + 3}, privilege ${retirement.privilege}`))
    at(times.fetch, 'S', id, STAGES, 'F')
    at(times.decode, 'S', id, STAGES, 'D')
    if (times.firstIssue !== undefined) this.#refused(id, times.firstIssue, times.issue)
    at(times.issue + 1, 'S', id, STAGES, 'X')
    at(times.issue + 2, 'S', id, STAGES, 'M')
    const notes = [...step.notes, ...retirement.walk.map(walkText)]
    if (notes.length > 0) at(times.issue + 2, 'L', id, 2, oneLine(notes.join('; ')))
    at(times.issue + 3, 'S', id, STAGES, 'W')
    for (const { cause, from: waits, to } of times.stalls) {
      // What waits for its fetch is not there yet.
      const from = Math.max(waits, times.fetch)
      if (from >= to) continue
      const isWalk = cause === 'dtlb-miss' || cause === 'itlb-miss'
      const name = isWalk ? 'walk' : 'stall'
      at(from, 'S', id, STALLS, name)
      at(from, 'L', id, 2, oneLine([cause, ...(isWalk ? retirement.walk.map(walkText) : [])].join('; ')))
      at(to, 'E', id, STALLS, name)
    }
    this.#dependencies(id, step)
    at(leaves, 'R', id, this.#retired, retirement.trap ? 1 : 0)
    if (retirement.trap === undefined) this.#retired++
    if (retirement.rd !== 0) this.#writers[retirement.rd] = { id, leaves }
    return this.#before(times.fetch)
  }

  /** The rest of the log. */
  end(): string {
    return this.#before(Number.POSITIVE_INFINITY)
  }

  /** An instruction that the memory stage refused has gone through the pipeline once for nothing. */
  #refused(id: number, first: number, issue: number): void {
    const stages = ['X', 'M', 'F', 'D']
    const cycles = [first + 1, first + 2, first + 3, first + 5]
    for (const [index, stage] of stages.entries()) {
      if (cycles[index] <= issue) this.#events.push({ cycle: cycles[index], line: `S\t${id}\t${STAGES}\t${stage}` })
    }
  }

  #dependencies(id: number, { retirement, times }: PipelineStep): void {
    for (const register of new Set([retirement.rs1, retirement.rs2])) {
      const writer = this.#writers[register]
      // Only what is still under way: both ends of an arrow have to be there.
      if (register === 0 || writer.leaves <= times.issue + 1) continue
      this.#events.push({ cycle: times.issue + 1, line: `W\t${id}\t${writer.id}\t0` })
    }
  }

  #before(cycle: number): string {
    const ready = this.#events.filter((event) => event.cycle < cycle).sort((a, b) => a.cycle - b.cycle)
    this.#events = this.#events.filter((event) => event.cycle >= cycle)
    let text = ''
    for (const { cycle: now, line } of ready) {
      if (this.#cycle === undefined) text += `Kanata\t0004\nC=\t${now}\n`
      else if (now > this.#cycle) text += `C\t${now - this.#cycle}\n`
      this.#cycle = now
      text += `${line}\n`
    }
    return text
  }
}

function walkText({ pa, pte, level }: PipelineStep['retirement']['walk'][number]): string {
  return `walk level ${level}: entry at 0x${pa.toString(16)} is 0x${pte.toString(16)}`
}

/** A field of a line: no tab, no line feed. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ')
