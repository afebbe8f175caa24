/** Writes a finding as one program with its monitor, which shows the same on machines that are not the model. */

import type { CoreConfig } from '../../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../../rtl-model/core/core.ts'
import { InputError } from '../../../traces/input-error.ts'
import { AGENT, hostTables, RAM, TABLES } from '../../calls/places.ts'
import type { ElfFile } from '../../elf/image.ts'
import { parseElf } from '../../elf/read.ts'
import { writeElf } from '../../elf/write.ts'
import { Machine } from '../../machine.ts'
import type { Finding } from '../finding.ts'
import { Player } from '../player.ts'
import type { PreparedPoint } from '../points.ts'
import type { Promised } from '../promise.ts'
import { isImage, type Part, scriptedImage } from './enclave-program.ts'
import { hostProgram } from './host-program.ts'
import { type Recording, recordFinding } from './record.ts'
import type { Life, Turn } from './turn.ts'

export interface ExportOptions {
  readonly config: CoreConfig
  readonly units: Partial<CoreUnits>
}

/**
 * An ELF program that plays a finding by itself: firmware, a host and its enclaves. Its console has a line a step, and at
 * the end one that begins with `breach: ` where the breach is there. It has been run on the model, which showed it.
 * @throws InputError for what no program can show
 */
export function exportFinding(
  finding: Finding,
  firmware: ElfFile,
  point: PreparedPoint,
  promises: readonly Promised[],
  options: ExportOptions,
): Uint8Array {
  if (promises.some(({ judgePair }) => judgePair !== undefined))
    throw new InputError(`${finding.promise} is about two runs: one program cannot show it`)
  const recording = recordFinding(new Player(firmware, promises, options), point, finding.steps)
  const program = programOf(recording, firmware)
  const console = consoleOf(parseElf(program, 'the program'), options, budgetFor(recording))
  const last = console.text.trimEnd().split('\n').at(-1) ?? ''
  const isSilent = SILENCE.test(console.text) && !console.hasEnded
  const isShown = isSilent || /^breach: /m.test(console.text)
  if (!isShown) throw new InputError(`the program does not show the breach on the model; its last line is: ${last}`)
  return program
}

/** What a program says beforehand where the host may have no chance to say anything afterwards. */
const SILENCE = /^breach, if the host says no more/m

function programOf({ turns, lives, evidence, breach }: Recording, firmware: ElfFile): Uint8Array {
  const nameOf = (next: Turn['next']): string => {
    if (typeof next === 'string') return next === 'host' ? 'the host' : 'nobody'
    return `enclave ${lives.find(({ serial }) => serial === next)!.eid}`
  }
  const shows = (life: Life): Part['shows'] => {
    if (evidence.by !== 'registers' && evidence.by !== 'running') return undefined
    if (evidence.of !== life.serial) return undefined
    if (evidence.by === 'running') return []
    // The enclave's program loses x31.
    const kept = evidence.registers.filter(([register]) => register !== 31)
    if (kept.length === 0)
      throw new InputError('only x31 shows this breach, which the program of an enclave cannot keep')
    return kept
  }
  const scripted = withImages(turns, lives, shows)
  const { parts } = hostProgram(scripted, evidence, { sentence: breach.sentence, nameOf })
  const segments = [...parts, { pa: TABLES.pa, bytes: hostTables() }].map(({ pa, bytes }) => ({
    pa,
    va: pa,
    bytes,
    memoryBytes: BigInt(bytes.length),
    flags: 7,
  }))
  const own = firmware.segments.filter(({ pa }) => pa < AGENT)
  return writeElf({ ...firmware, segments: [...own, ...segments] })
}

/** The turns, with the images that enclaves begin with replaced by such as do their turns. */
function withImages(turns: readonly Turn[], lives: readonly Life[], shows: (life: Life) => Part['shows']): Turn[] {
  const left = new Map(
    lives.map((life) => [life, { life, turns: turns.filter(({ by }) => by === life.serial), shows: shows(life) }]),
  )
  const result = [...turns]
  // From the last on: memory may have been used again.
  for (let index = turns.length - 1; index >= 0; index--) {
    const pokes = turns[index].pokes.map((poke) => {
      if (turns[index].by !== undefined || !isImage(poke.bytes)) return poke
      const parts = [...left.values()].filter(({ life }) => life.image === poke.va && life.since >= index)
      for (const { life } of parts) left.delete(life)
      const active = parts.filter((part) => part.turns.length > 0 || part.shows !== undefined)
      return active.length === 0 ? poke : { ...poke, bytes: scriptedImage(poke.bytes, poke.va, active) }
    })
    result[index] = { ...turns[index], pokes }
  }
  const [lost] = [...left.values()].filter((part) => part.turns.length > 0 || part.shows !== undefined)
  if (lost !== undefined) throw new InputError(`enclave ${lost.life.eid} does not begin with an image of the host's`)
  return result
}

/** Instructions beside those of the steps themselves: booting, printing, waiting. */
const LEAST_BUDGET = 60_000_000

const budgetFor = ({ turns }: Recording): number =>
  LEAST_BUDGET + 3 * turns.reduce((sum, { instructions }) => sum + Math.min(instructions, LEAST_BUDGET), 0)

/** What a program prints on the model. */
export function consoleOf(
  program: ElfFile,
  { config, units }: ExportOptions,
  budget: number,
): { text: string; hasEnded: boolean; exitCode: number | undefined } {
  const bytes: number[] = []
  const machine = new Machine({
    config: { ...config, ramBase: RAM.pa, ramBytes: Number(RAM.size) },
    units,
    output: (byte) => bytes.push(byte),
  })
  machine.load(program)
  for (let left = budget; left > 0 && machine.exitCode === undefined; ) left -= machine.run(Math.min(left, 1_000_000))
  const { exitCode } = machine
  return { text: Buffer.from(bytes).toString(), hasEnded: exitCode !== undefined, exitCode }
}
