import { checkPromise } from '../check-promise.ts'
import { shadowTemplateControls } from './controls.ts'
import { shadowTemplate } from './promise.ts'

checkPromise(shadowTemplate, shadowTemplateControls, { caught: { SM12: 1, SM14: 1 }, cases: 1000, harmless: 50 })
