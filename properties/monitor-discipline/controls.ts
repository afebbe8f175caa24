import type { Controls } from '../controls.ts'

export const monitorDisciplineControls: Controls = {
  catches: ['SM08', 'SM11', 'SM12', 'SM24', 'SM28', 'SM29', 'SM32', 'SM33', 'SM37'],
  allows: ['I02', 'I09', 'IM01', 'IM02', 'IM03', 'IM04', 'IM05'],
}
