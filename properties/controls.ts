/** What each promise must catch, and what it must let pass. */

import { isolationControls } from './isolation/controls.ts'
import { monitorDisciplineControls } from './monitor-discipline/controls.ts'
import { secrecyControls, secrecyTimingControls } from './secrecy/controls.ts'
import { serverCallsControls } from './server-calls/controls.ts'
import { shadowTemplateControls } from './shadow-template/controls.ts'

export interface Controls {
  /** Planted bugs, by id. */
  readonly catches: readonly string[]
  /** Differences that are legal, by id. */
  readonly allows: readonly string[]
  /** The core, where the promise says nothing on others. */
  readonly core?: 'rocket'
}

/** By the name of the promise. */
export const controls: Readonly<Record<string, Controls>> = {
  isolation: isolationControls,
  'shadow-template': shadowTemplateControls,
  'server-calls': serverCallsControls,
  'monitor-discipline': monitorDisciplineControls,
  secrecy: secrecyControls,
  'secrecy-timing': secrecyTimingControls,
}
