import { presets } from '../../rtl-model/core/config.ts'
import { loadElf } from '../elf/load.ts'
import type { Control } from './control.ts'
import { Player } from './player.ts'
import { type PreparedPoint, preparePoints } from './points.ts'
import type { Promised } from './promise.ts'
import { variationsNamed } from './variations.ts'

/** What cases are played on. */
export interface Setup {
  /** The file of the monitor's image. */
  readonly monitor: string
  readonly core: 'default' | 'rocket'
  /** Planted bugs by id. */
  readonly faults: readonly string[]
}

export interface Prepared {
  readonly player: Player
  readonly points: readonly PreparedPoint[]
  /** Why the monitor did not reach other points: a line each. */
  readonly missing: readonly string[]
}

/** @throws InputError where `prepare` would, as far as can be told without booting */
export async function readyTo({ monitor, core, faults }: Setup): Promise<void> {
  variationsNamed(faults, presets[core])
  await loadElf(monitor)
}

/**
 * Boots the monitor, and brings it to the points.
 * @throws InputError for an image that cannot be used, and for a fault that there is none of
 */
export async function prepare(
  { monitor, core, faults }: Setup,
  promises: readonly Promised[],
  options: { control?: Control } = {},
): Promise<Prepared> {
  const { config, units } = variationsNamed(faults, presets[core])
  const player = new Player(await loadElf(monitor), promises, { ...options, config, units })
  const { points, missing } = preparePoints(player.driver)
  return { player, points: [...points.values()], missing }
}
