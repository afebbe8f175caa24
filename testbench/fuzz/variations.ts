import type { CoreConfig } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
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
