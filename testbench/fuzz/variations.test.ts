import { expect, test } from 'vitest'
import { monitorWith } from './variations.ts'

test('a planted bug of the monitor is in an image of its own, so that there is one at a time', () => {
  expect(monitorWith(['P15', 'T01a'])).toBeUndefined()
  expect(monitorWith(['P15', 'SM06'])).toBe('testbench/faults/monitor/images/sm06-no-fence-at-switch.elf')
  expect(() => monitorWith(['SM06', 'SM07'])).toThrow('--faults SM06 SM07: each is a monitor of its own; name one')
})
