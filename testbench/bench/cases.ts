import type { ElfFile } from '../elf/image.ts'
import { Player } from '../fuzz/player.ts'
import { preparePoints } from '../fuzz/points.ts'
import type { Promised } from '../fuzz/promise.ts'
import { runRound } from '../fuzz/round.ts'

const SEED = 20261121
const CASES = 1000

/**
 * Cases of a campaign that one thread plays and judges in a second, from prepared points: rounds of one seed, the first of
 * which is not measured.
 */
export function casesPerSecond(firmware: ElfFile, promises: readonly Promised[], rounds: number): number {
  const player = new Player(firmware, promises)
  const points = [...preparePoints(player.driver).points.values()]
  const play = (round: number, cases = CASES): number =>
    runRound(player, points, { seed: SEED, round, cases, known: [], corpus: [] }).cases
  play(0, CASES / 2)
  const begin = performance.now()
  let cases = 0
  for (let round = 1; round <= rounds; round++) cases += play(round)
  return (1000 * cases) / (performance.now() - begin)
}
