import { checkPromise } from '../check-promise.ts'
import { serverCallsControls } from './controls.ts'
import { serverCalls } from './promise.ts'

checkPromise(serverCalls, serverCallsControls, {
  caught: { SM17: 1, SM18: 1, SM19: 1, SM21: 1, SM27: 1 },
  cases: 1000,
  harmless: 50,
})
