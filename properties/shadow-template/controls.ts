import type { Controls } from '../controls.ts'

export const shadowTemplateControls: Controls = {
  catches: ['SM12', 'SM14', 'SM31', 'SM36'],
  allows: ['I05', 'I12', 'IM01', 'IM02', 'IM03', 'IM04', 'IM05'],
}
