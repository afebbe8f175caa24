import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { hartLayout } from '../../rtl-model/core/hart.ts'
import { Pages } from '../../rtl-model/core/pages.ts'
import { actions, planOf } from './actions.ts'
import { type Prepared, prepare } from './setup.ts'

const monitor = fileURLToPath(new URL('../../monitor/images/firmware.elf', import.meta.url))
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
let prepared: Prepared
beforeAll(async () => {
  prepared = await prepare({ monitor, core: 'default', faults: [] }, [])
})

test('a case that goes on from another does what it would do if it were played whole', () => {
  const { player, points } = prepared
  /** Registers, and what memory holds. */
  const ended = (): unknown => {
    const { state, pages } = player.driver.snapshot()
    const written = pages.differing(new Pages()).filter((page) => pages.get(page)!.some((byte) => byte !== 0))
    return [
      hashOf(state.subarray(0, hartLayout.bytes)),
      ...written.map((page) => `${page} ${hashOf(pages.get(page)!)}`),
    ]
  }
  const property = fc.property(fc.nat(points.length - 1), actions(3), actions(3), (at, before, list) => {
    const point = points[at]
    const first = player.play(point, before.map(planOf))
    const whole = player.play(point, [...before, ...list].map(planOf))
    const atEnd = ended()
    const entry = { start: point.name, actions: before, features: [...first.reached] }
    for (const _ of ['played', 'remembered']) {
      const { instructions, reached } = player.playOn(point, entry, list.map(planOf))
      expect({ instructions, reached }).toEqual({ instructions: whole.instructions, reached: whole.reached })
      expect(ended()).toEqual(atEnd)
    }
  })
  fc.assert(property, { seed: 3, numRuns: 40 })
})
