import { checkPromise } from '../check-promise.ts'
import { isolationControls } from './controls.ts'
import { isolation } from './promise.ts'

checkPromise(isolation, isolationControls, {
  caught: { T01a: 1, P15: 1, F02: 1, SM05: 2, SM06: 1, SM20: 1, SM22: 1, SM25: 12 },
  cases: 1000,
  harmless: 50,
})
