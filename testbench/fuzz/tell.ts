/** A finding played again, and told. */

import type { MemoryAccess, Retirement } from '../../rtl-model/core/retirement.ts'
import { registerNames } from '../../rtl-model/isa/registers.ts'
import { exceptionName } from '../../traces/spike/trap-names.ts'
import { createCsrNames } from '../csr-names.ts'
import { createDisassembler } from '../disassembly.ts'
import type { Listener, Visit } from '../witness/events.ts'
import { describeStep } from './describe.ts'
import type { Finding } from './finding.ts'
import { playerOf } from './pair.ts'
import type { Player, Spectator } from './player.ts'
import type { PreparedPoint } from './points.ts'
import type { Breach } from './promise.ts'
import { sceneOf } from './scene.ts'
import type { Arrow, Domain, Story, StoryStep, Stretch, TraceLine } from './story.ts'
import { visitName } from './visit-name.ts'

/** Records shown before the breach, and after it. */
const BEFORE = 16n
const AFTER = 4n

/**
 * Plays a finding and tells what happened; undefined where the promise holds.
 * @param replayLine the command that plays it
 */
export function tellStory(
  player: Player,
  point: PreparedPoint,
  finding: Finding,
  replayLine: string,
): Story | undefined {
  const plans = finding.steps.map((step) => () => step)
  const { breach } = playerOf(player).play(point, plans)
  if (breach === undefined) return undefined
  const teller = new Teller(player, point, breach)
  player.play(point, plans, teller)
  return teller.story(finding, replayLine)
}

/** Notes what a story needs while a case is played. */
class Teller implements Spectator {
  readonly #player: Player
  readonly #point: PreparedPoint
  readonly #breach: Breach
  readonly #steps: StoryStep[] = []
  readonly #visits: Visit[] = []
  readonly #around: Retirement[] = []
  readonly #first: bigint
  #records: bigint
  #cycles: bigint

  constructor(player: Player, point: PreparedPoint, breach: Breach) {
    this.#player = player
    this.#point = point
    this.#breach = breach
    player.driver.restore(point.snapshot)
    const { steps, clock } = player.driver.machine.core.hart
    this.#first = steps
    this.#records = steps
    this.#cycles = clock
  }

  readonly listener: Listener = { visited: (visit) => this.#visits.push(visit) }

  readonly observe: NonNullable<Spectator['observe']> = (batch) => {
    const { order } = this.#breach
    for (let index = 0; index < batch.length; index++) {
      const at = batch.firstOrder + BigInt(index)
      if (at >= order - BEFORE && at <= order + AFTER) this.#around.push(batch.at(index))
    }
  }

  readonly stepped: NonNullable<Spectator['stepped']> = (step, { before, after }) => {
    const { hart } = this.#player.driver.machine.core
    this.#steps.push({
      text: describeStep(step),
      lines: resultLines(this.#visits.filter(({ order }) => order >= this.#records)),
      domain: domainOf(before.state.running),
      records: Number(hart.steps - this.#records),
      cycles: hart.clock - this.#cycles,
      after: sceneOf(after.state),
    })
    this.#records = hart.steps
    this.#cycles = hart.clock
  }

  story(finding: Finding, replayLine: string): Story {
    const { promise, sentence } = this.#breach
    const at = Number(this.#breach.order - this.#first)
    const culprit = this.#around.find(({ order }) => order === this.#breach.order)
    const page = culprit?.memory[0]?.pa ?? culprit?.fetchPa
    return {
      finding,
      replayLine,
      before: sceneOf(this.#point.state),
      steps: this.#steps,
      ...this.#timeline(),
      breach: {
        step: this.#steps.length - 1,
        at,
        lines: [`${promise}: ${sentence}`],
        ...(page !== undefined && { page: `0x${(page >> 12n).toString(16)}` }),
      },
      trace: this.#around.map((record) => this.#traceLine(record)),
      explain: culprit === undefined ? [] : this.#explain(culprit),
    }
  }

  #timeline(): { timeline: Stretch[]; arrows: Arrow[] } {
    const timeline: Stretch[] = []
    const arrows: Arrow[] = []
    const relative = (order: bigint): number => Number(order - this.#first)
    let from = 0
    let lane = domainOf(this.#point.state.running)
    for (const visit of this.#visits) {
      const [entry, exit] = [relative(visit.order) + 1, relative(visit.lastOrder) + 1]
      const next = domainOf(visit.after.state.running)
      if (entry > from) timeline.push({ lane, from, to: entry })
      if (exit > entry) timeline.push({ lane: 'monitor', from: entry, to: exit, label: visitName(visit) })
      arrows.push({ at: entry, from: lane, to: 'monitor', label: visitName(visit) })
      arrows.push({ at: exit, from: 'monitor', to: next, label: '' })
      from = exit
      lane = next
    }
    const end = relative(this.#records)
    if (end > from) timeline.push({ lane, from, to: end })
    return { timeline, arrows }
  }

  #traceLine(record: Retirement): TraceLine {
    const { order, pc, privilege, instruction, trap } = record
    const at = Number(order - this.#first)
    return {
      record: at,
      domain: privilege === 3 ? 'monitor' : this.#domainAt(order),
      privilege: ({ 0: 'U', 1: 'S', 3: 'M' } as const)[privilege],
      pc,
      text: trap?.interrupt ? exceptionName(trap.cause, true) : disassemble(instruction, pc),
      effects: effectsOf(record),
    }
  }

  #domainAt(order: bigint): Domain {
    const last = this.#visits.findLast((visit) => visit.lastOrder < order)
    return domainOf((last?.after ?? this.#point).state.running)
  }

  /** How the hart translates the address concerned, as things stand after the last step. */
  #explain(record: Retirement): string[] {
    const { core } = this.#player.driver.machine
    if (record.privilege === 3) return []
    const [access] = record.memory
    const fetch = { ...core.fetchContext(), privilege: record.privilege }
    if (access === undefined) return core.mmu.explain(record.pc, 'fetch', fetch)
    return core.mmu.explain(access.va, access.kind, { ...core.dataContext(), privilege: record.privilege })
  }
}

const disassemble = createDisassembler()
const { csrName } = createCsrNames()

const hex = (value: bigint): string => `0x${value.toString(16)}`

const domainOf = (running: number | undefined): Domain => (running === undefined ? 'host' : `enclave ${running}`)

/** What calls came back with. */
const resultLines = (visits: readonly Visit[]): string[] =>
  visits.map((visit) => {
    const { standing } = visit
    if (standing.privilege === undefined) return `${visitName(visit)}: does not come back`
    const results = `a0 ${hex(standing.registers[10])}, a1 ${hex(standing.registers[11])}`
    return `${visitName(visit)}: ${domainOf(visit.after.state.running)} goes on at ${hex(standing.pc)}, ${results}`
  })

function effectsOf({ rd, rdValue, memory, csrWrites, trap }: Retirement): string[] {
  const effects = rd === 0 ? [] : [`${registerNames[rd]} ${hex(rdValue)}`]
  effects.push(...csrWrites.map(({ csr, value }) => `${csrName(csr)} ${hex(value)}`), ...memory.map(accessText))
  if (trap !== undefined && !trap.interrupt) effects.push(`${exceptionName(trap.cause, false)}, tval ${hex(trap.tval)}`)
  return effects
}

const accessText = ({ kind, va, pa, size, value }: MemoryAccess): string =>
  `${kind} ${size} B va ${hex(va)} pa ${hex(pa)}: ${hex(value)}`
