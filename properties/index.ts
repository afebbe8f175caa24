/** Every promise, by name. */

import type { Promised } from '../testbench/fuzz/promise.ts'
import { isolation } from './isolation/promise.ts'
import { monitorDiscipline } from './monitor-discipline/promise.ts'
import { secrecy, secrecyTiming } from './secrecy/promise.ts'
import { serverCalls } from './server-calls/promise.ts'
import { shadowTemplate } from './shadow-template/promise.ts'

export const promises: readonly Promised[] = [
  isolation,
  shadowTemplate,
  serverCalls,
  monitorDiscipline,
  secrecy,
  secrecyTiming,
]
