/** Plays a finding, from the boot on, and notes what each domain did. */

import { PAGE_SIZE } from '../../../monitor/abi.ts'
import { ownerAt, type State } from '../../../monitor/spec/state.ts'
import { csrAddress } from '../../../rtl-model/core/csr/addresses.ts'
import type { Retirement } from '../../../rtl-model/core/retirement.ts'
import { InputError } from '../../../traces/input-error.ts'
import { enclaveAgent } from '../../calls/agents.ts'
import { rootOf } from '../../calls/compare.ts'
import { describeMove } from '../../calls/describe.ts'
import type { Driver } from '../../calls/driver.ts'
import type { Standpoint } from '../../calls/follow.ts'
import { type PhysicalMemory, readWord } from '../../calls/memory.ts'
import { type Poke, registersOf, tokens } from '../../calls/perform.ts'
import { type Position, play } from '../../calls/play.ts'
import { setHost } from '../../calls/stage.ts'
import { describeCode } from '../code.ts'
import type { Step } from '../finding.ts'
import type { Player } from '../player.ts'
import type { PreparedPoint } from '../points.ts'
import type { Breach } from '../promise.ts'
import { codePokes } from '../run-code.ts'
import { type Evidence, recordEvidence, visitEvidence } from './evidence.ts'
import type { Life, Serial, StoredBytes, Turn } from './turn.ts'

export interface Recording {
  readonly turns: readonly Turn[]
  readonly lives: readonly Life[]
  readonly breach: Breach
  readonly evidence: Evidence
}

/**
 * @param player that has done nothing but boot
 * @throws InputError for a step that no program can make, or where the promise holds
 */
export function recordFinding(player: Player, { moves }: PreparedPoint, steps: readonly Step[]): Recording {
  const { driver } = player
  const recorder = new Recorder(player)
  const start = setHost(driver)
  const before = moves.map((move, index) => recorder.plan(move, `before ${index + 1}`, index + 1))
  const { point, disagreements } = play(driver, start, before)
  if (disagreements.length > 0) throw new InputError(`the monitor does not come to the start of the finding again`)
  const plans = steps.map((step, index) => recorder.plan(step, `step ${index + 1}`, index + 1))
  // The first time tells which record it is that breaks the promise.
  const { breach } = player.play(
    point,
    steps.map((step) => () => step),
  )
  if (breach === undefined) throw new InputError('the promise holds: there is nothing to show')
  let evidence: Evidence | undefined
  let record: Retirement | undefined
  let end: Standpoint = point
  player.play(point, plans, {
    listener: {
      visited(visit) {
        if (visit.lastOrder === breach.order) evidence ??= visitEvidence(visit, breach, recorder.runs(visit.after))
      },
    },
    observe(batch) {
      const at = Number(breach.order - batch.firstOrder)
      if (at >= 0 && at < batch.length) record = batch.at(at)
    },
    stepped(_, { after }) {
      end = after
    },
  })
  recorder.end(end)
  const { turns } = recorder
  if (turns.length === 0) throw new InputError('the finding has no step that can be made')
  evidence ??= recordEvidence(record!, turns[turns.length - 1].next)
  return { turns, lives: [...recorder.lives.values()], breach, evidence: lasting(evidence, driver) }
}

/** Without registers that have changed since. */
function lasting(evidence: Evidence, { machine }: Driver): Evidence {
  if (evidence.by !== 'registers') return evidence
  const registers = evidence.registers.filter(([number, value]) => machine.core.hart.x[number] === value)
  if (registers.length === 0) throw new InputError('what the registers held is gone at the end of the last step')
  return { ...evidence, registers }
}

class Recorder {
  readonly turns: Turn[] = []
  readonly lives = new Map<Serial, Life>()
  readonly #player: Player
  #open: { turn: Omit<Turn, 'next' | 'instructions'>; steps: bigint } | undefined

  constructor(player: Player) {
    this.#player = player
  }

  /** The plan that makes this step, and is noted. */
  plan<S extends Step>(step: S, name: string, number: number): (position: Position) => S {
    return (position) => {
      this.#close(position.state, position.state.running ?? 'host')
      const turn = turnOf(step, position, number, name)
      if (turn !== undefined) this.#open = { turn, steps: this.#hart.steps }
      return step
    }
  }

  /** The last step has been made. */
  end(standpoint: Standpoint): void {
    this.#close(standpoint.state, this.#running(standpoint))
  }

  get #hart() {
    return this.#player.driver.machine.core.hart
  }

  #close(state: State, runs: number | 'host' | 'nobody'): void {
    const running = typeof runs === 'number' ? state.enclaves.get(runs)! : undefined
    for (const { eid, serial, template, region } of state.enclaves.values()) {
      const isEntered = serial === running?.serial && this.#hart.pc === enclaveAgent._start
      const image = (template === undefined ? undefined : state.templates.get(template)?.region.pa) ?? region.pa
      const life = this.lives.get(serial) ?? { serial, eid, since: this.turns.length, image, a2: undefined }
      this.lives.set(serial, isEntered && life.a2 === undefined ? { ...life, a2: this.#hart.x[12] } : life)
    }
    if (this.#open === undefined) return
    const { turn, steps } = this.#open
    const next = running === undefined ? (runs as 'host' | 'nobody') : running.serial
    this.turns.push({ ...turn, next, instructions: Number(this.#hart.steps - steps) })
    this.#open = undefined
  }

  /** Who has the hart, whoever should. */
  runs(standpoint: Standpoint): Serial | 'host' | 'nobody' {
    const running = this.#running(standpoint)
    return typeof running === 'number' ? standpoint.state.enclaves.get(running)!.serial : running
  }

  /** An enclave by its eid. */
  #running({ state, roots }: Standpoint): number | 'host' | 'nobody' {
    const { privilege } = this.#hart
    if (privilege === 3) return 'nobody'
    if (privilege === 1) return 'host'
    const root = rootOf(this.#player.driver.machine.core.csr.read(csrAddress.satp, 3)!)
    const eid =
      [...roots].find(([, known]) => known === root)?.[0] ?? Number(ownerAt(state, root)?.match(/^enclave (\d+)/)?.[1])
    if (!state.enclaves.has(eid)) throw new InputError('an enclave runs at the end of which nothing is known')
    return eid
  }
}

function turnOf(
  step: Step,
  position: Position,
  number: number,
  name: string,
): Omit<Turn, 'next' | 'instructions'> | undefined {
  const { running, enclaves } = position.state
  const by = running === undefined ? undefined : enclaves.get(running)!.serial
  const who = running === undefined ? 'host' : `enclave ${running}`
  const stored = (pokes: readonly Poke[]) => pokes.map((poke) => storedBy(poke, position, name))
  if ('code' in step) {
    const pokes = codePokes(step, position)
    if (pokes === undefined) return undefined
    const registers = tokens(running, number)
    for (const [register, value] of step.registers) registers[register] = value
    const text = describeCode(step).map((line) => line.replace(/^\w+ +/, '').replace(/ *#.*/, ''))
    return { name: `${name} ${who} runs ${text.join('; ')}`, by, runs: 'code', registers, pokes: stored(pokes) }
  }
  if (step.by === 'timer' && running === undefined)
    throw new InputError(
      `${name}: the timer interrupts the host, which a program cannot bring about at one instruction`,
    )
  const runs = ({ host: 'call', enclave: 'call', timer: 'timer', fault: 'load', space: 'space' } as const)[step.by]
  const text = describeMove(step).replace(/^(?:host|enclave) +/, '')
  return {
    name: `${name} ${who} ${text}`,
    by,
    runs,
    registers: registersOf(running, step, number),
    pokes: 'pokes' in step ? stored(step.pokes) : [],
  }
}

/** Whoever runs stores these bytes itself. */
function storedBy({ pa, bytes }: Poke, { state, memory, root }: Position, name: string): StoredBytes {
  if (state.running === undefined) return { va: pa, bytes }
  const va = root === undefined ? undefined : virtualAddress(memory, root, pa)
  if (va === undefined)
    throw new InputError(`${name}: the enclave has 0x${pa.toString(16)} not mapped, and cannot store there`)
  return { va, bytes }
}

/** Where these page tables map a physical byte writable for U-mode, the lowest place of several; undefined where nowhere. */
function virtualAddress(memory: PhysicalMemory, table: bigint, pa: bigint, level = 2n, base = 0n): bigint | undefined {
  for (let index = 0n; index < 512n; index++) {
    const entry = readWord(memory, table + index * 8n) ?? 0n
    if ((entry & 1n) === 0n || entry >> 54n !== 0n) continue
    const target = (entry >> 10n) * PAGE_SIZE
    const size = 1n << (12n + 9n * level)
    const va = base + index * size
    if ((entry & 0xen) === 0n) {
      const found = level === 0n ? undefined : virtualAddress(memory, target, pa, level - 1n, va)
      if (found !== undefined) return found
    } else if ((entry & 0x14n) === 0x14n && pa >= target && pa < target + size) {
      return BigInt.asUintN(64, BigInt.asIntN(39, va + pa - target))
    }
  }
  return undefined
}
