import type { Controls } from '../controls.ts'

export const serverCallsControls: Controls = {
  catches: ['SM17', 'SM18', 'SM19', 'SM27'],
  allows: ['I06-trap', 'I07', 'IM01', 'IM02', 'IM03', 'IM04', 'IM05'],
}
