import { describe, expect, test } from 'vitest'
import { presets } from '../../rtl-model/core/config.ts'
import { compareEngines, EngineComparer } from '../random/engines.ts'
import { variationById } from './index.ts'

const PROGRAMS = 10
const SEED = 6

/** Those that remember something, or that the generated code could pass by. */
const ids = [
  'P03',
  'P13',
  'P14',
  'P36',
  'P41',
  'V06',
  'V08',
  'V10',
  'V12',
  'V15',
  'V21',
  'S02',
  'S03',
  'F01',
  'M08',
  'I05',
  'I12',
]

describe('both engines are wrong in the same way, also after a snapshot is restored, with', () => {
  test.each(ids)('%s', (id) => {
    const units = variationById(id).units(presets.default)
    const comparer = new EngineComparer({ reference: units, other: units })
    const { difference } = compareEngines({ programs: PROGRAMS, seed: SEED, comparer, shrink: false })
    expect(difference?.text).toBeUndefined()
  })
})
