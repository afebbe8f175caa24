import { checkPromise } from '../check-promise.ts'
import { monitorDisciplineControls } from './controls.ts'
import { monitorDiscipline } from './promise.ts'

checkPromise(monitorDiscipline, monitorDisciplineControls, {
  caught: { SM08: 1, SM28: 1, SM29: 1 },
  cases: 1000,
  harmless: 50,
})
