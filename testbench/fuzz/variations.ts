import type { CoreConfig } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { InputError } from '../../traces/input-error.ts'
import { variationById } from '../faults/index.ts'

/** The core with planted bugs. @throws InputError for an id that nothing has */
export function variationsNamed(
  ids: readonly string[],
  config: CoreConfig,
): { config: CoreConfig; units: Partial<CoreUnits> } {
  const variations = ids.map(variationById)
  const changed: CoreConfig = Object.assign({}, config, ...variations.map((variation) => variation.config))
  return { config: changed, units: Object.assign({}, ...variations.map((variation) => variation.units(changed))) }
}

/**
 * The image that has the planted bugs of the monitor, from the folder of the package; undefined where there are none.
 * @throws InputError for an id that nothing has, and for bugs that are in images of their own
 */
export function monitorWith(ids: readonly string[]): string | undefined {
  const planted = ids.map(variationById).filter(({ monitor }) => monitor !== undefined)
  if (planted.length > 1)
    throw new InputError(`--faults ${planted.map(({ id }) => id).join(' ')}: each is a monitor of its own; name one`)
  return planted[0]?.monitor
}
