import type { CoreConfig } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { InputError } from '../../traces/input-error.ts'

/** The core with planted bugs. @throws InputError for an id that nothing has */
export function variationsNamed(
  ids: readonly string[],
  config: CoreConfig,
): { config: CoreConfig; units: Partial<CoreUnits> } {
  if (ids.length > 0) throw new InputError(`--faults ${ids[0]}: there is no planted bug of that name`)
  return { config, units: {} }
}
