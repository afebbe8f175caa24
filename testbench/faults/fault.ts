import { type CoreConfig, presets } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'

/** The promises of `properties/`, and what is none of them: the core does not do what the specification says. */
export type PromiseName =
  | 'isolation'
  | 'shadow-template'
  | 'server-calls'
  | 'secrecy'
  | 'secrecy-timing'
  | 'monitor-discipline'
  | 'architecture'

/**
 * How certain a published report is. M: confirmed by the maintainers, fixed, or read in the source. R: reported in a public
 * issue or paper by a third party. D: derived from such reports. I: reported, but ruled legal.
 */
export type Certainty = 'M' | 'R' | 'D' | 'I'

/** A core that differs from the honest one in units, in parameters, or in both; or a monitor that differs from ours. */
export interface Variation {
  readonly kind: 'fault' | 'control'
  /** Where it was published; a word after a hyphen tells several of one report apart. */
  readonly id: string
  /** What it changes, in one sentence. */
  readonly title: string
  /** Repository and number of the issue or change, or the paper. */
  readonly source: string
  readonly certainty: Certainty
  /** The preset on which it shows, where it does not on every core. */
  readonly core?: 'rocket'
  /** Parameters without which it does not show. */
  readonly config?: Partial<CoreConfig>
  /** The image of the monitor that has the bug, from the folder of the package. */
  readonly monitor?: string
  /** The units to give to a core. They can be given to any number of cores. */
  units(config: CoreConfig): Partial<CoreUnits>
}

/** A bug of the hardware or of the monitor, planted. */
export interface Fault extends Variation {
  readonly kind: 'fault'
  /** What it can break where the monitor uses the hardware as ours does; on another one it may break more. */
  readonly breaks: readonly PromiseName[]
}

/** A difference that the specification allows, which no check may take for a bug. */
export interface Control extends Variation {
  readonly kind: 'control'
}

/** The configuration in which a variation shows: its preset with `changes`, and with what it needs. */
export function configFor(variation: Variation, changes: Partial<CoreConfig> = {}): CoreConfig {
  return { ...presets[variation.core ?? 'default'], ...changes, ...variation.config }
}
