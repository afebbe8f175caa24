import { expect, test } from 'vitest'
import { give, initialState } from '../../monitor/spec/state.ts'
import { sceneOf } from './scene.ts'

test('a scene has all of memory in runs of one owner', () => {
  const state = give(
    give(initialState({ pa: 0x8000_0000n, size: 0x40_0000n }), { pa: 0x8030_0000n, size: 0x2000n }, 'enclave 0'),
    { pa: 0x8030_2000n, size: 0x1000n },
    'enclave 1',
  )
  const { owners, enclaves, running } = sceneOf(state)
  expect(owners.slice(-4)).toEqual([
    ['0x80200', 256, 'host'],
    ['0x80300', 2, 'enclave 0'],
    ['0x80302', 1, 'enclave 1'],
    ['0x80303', 253, 'host'],
  ])
  expect(owners[0]).toEqual(['0x80000', 512, 'monitor'])
  expect({ enclaves, running }).toEqual({ enclaves: [], running: 'host' })
})
