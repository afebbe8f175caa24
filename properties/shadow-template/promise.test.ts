import { checkPromise } from '../check-promise.ts'
import { shadowTemplateControls } from './controls.ts'
import { shadowTemplate } from './promise.ts'

checkPromise(shadowTemplate, shadowTemplateControls, {
  caught: { SM12: 25, SM14: 1, SM16: 39 },
  cases: 4000,
  harmless: 50,
})
