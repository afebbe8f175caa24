import { checkPromise } from '../check-promise.ts'
import { secrecyControls, secrecyTimingControls } from './controls.ts'
import { secrecy, secrecyTiming } from './promise.ts'

checkPromise(secrecy, secrecyControls, { caught: { SM39: 1 }, cases: 1000, harmless: 50 })
checkPromise(secrecyTiming, secrecyTimingControls, { caught: { M01: 1, SM38: 1 }, cases: 1000, harmless: 50 })
