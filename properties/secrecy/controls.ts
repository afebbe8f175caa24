import type { Controls } from '../controls.ts'

export const secrecyControls: Controls = {
  catches: ['SM39'],
  allows: ['I05', 'I06-trap', 'IM01', 'IM02', 'IM03', 'IM04', 'IM05'],
}

export const secrecyTimingControls: Controls = {
  catches: ['M01', 'SM38'],
  core: 'rocket',
  allows: ['I08', 'IM01', 'IM02', 'IM03', 'IM04', 'IM05'],
}
