/** The memory of an enclave, as a host fills it before it asks the monitor to create one. */

import { PAGE_SIZE } from '../../monitor/abi.ts'
import type { Range } from '../../monitor/spec/state.ts'
import { CODE_VA, DATA_VA, enclaveAgent, STACK_VA } from './agents.ts'

/** Pages of the region, by what is on them. */
const page = { root: 1n, low: 2n, text: 3n, high: 4n, stack: 5n, code: 6n, data: 7n, stackPage: 8n, free: 10n }

const VALID = 0x01n
const READ_WRITE = 0xd7n
const READ_EXECUTE = 0x5bn
/** What an ELF loader makes of a writable segment. */
const READ_WRITE_EXECUTE = 0xdfn

/** What can be wrong with an image. */
export const flaws = [
  'none',
  'leaf outside',
  'leaf on the monitor',
  'table outside',
  'table in the monitor',
  'table mapped writable',
  'free page mapped writable',
  'write only',
  'table as its own child',
  'leaf past the end',
] as const
export type Flaw = (typeof flaws)[number]

/** Address from which the region's pages are free for the monitor. */
export const freeMem = ({ pa }: Range): bigint => pa + page.free * PAGE_SIZE

/** Where the image's data page lies. */
export const dataPage = ({ pa }: Range): bigint => pa + page.data * PAGE_SIZE

/** Bytes to be put at the start of a region. Templates have no stack of their own. */
export function image(
  region: Range,
  { flaw = 'none', hasStack = true }: { flaw?: Flaw; hasStack?: boolean } = {},
): Uint8Array {
  const bytes = new Uint8Array(Number(page.free * PAGE_SIZE))
  const view = new DataView(bytes.buffer)
  const at = (number: bigint) => region.pa + number * PAGE_SIZE
  const entry = (table: bigint, index: bigint, pa: bigint, flags: bigint) =>
    view.setBigUint64(Number(table * PAGE_SIZE + index * 8n), ((pa / PAGE_SIZE) << 10n) | flags, true)
  const index = (va: bigint, level: bigint) => (va >> (12n + 9n * level)) % 512n

  entry(page.root, index(CODE_VA, 2n), at(page.low), VALID)
  entry(page.low, index(CODE_VA, 1n), at(page.text), VALID)
  entry(page.text, index(CODE_VA, 0n), at(page.code), READ_EXECUTE)
  entry(page.text, index(DATA_VA, 0n), at(page.data), READ_WRITE_EXECUTE)
  if (hasStack) {
    entry(page.root, index(STACK_VA, 2n), at(page.high), VALID)
    entry(page.high, index(STACK_VA, 1n), at(page.stack), VALID)
    entry(page.stack, index(STACK_VA, 0n), at(page.stackPage), READ_WRITE)
  }
  bytes.set(enclaveAgent.bytes, Number(page.code * PAGE_SIZE))
  bytes.fill(0xda, Number(page.data * PAGE_SIZE), Number((page.data + 1n) * PAGE_SIZE))

  const outside = region.pa + region.size
  switch (flaw) {
    case 'none':
      break
    case 'leaf outside':
      entry(page.text, 3n, outside, READ_WRITE)
      break
    case 'leaf on the monitor':
      entry(page.text, 3n, 0x8000_0000n, READ_WRITE)
      break
    case 'table outside':
      entry(page.low, 1n, outside, VALID)
      break
    case 'table in the monitor':
      entry(page.root, 5n, 0x8000_0000n, VALID)
      break
    case 'table mapped writable':
      entry(page.text, 3n, at(page.text), READ_WRITE)
      break
    case 'free page mapped writable':
      entry(page.text, 3n, at(page.free), READ_WRITE)
      break
    case 'write only':
      entry(page.text, 3n, at(page.data), 0xd5n)
      break
    case 'table as its own child':
      entry(page.root, 6n, at(page.root), VALID)
      break
    case 'leaf past the end':
      // A huge page that begins in no region of this size's end.
      entry(page.low, 2n, region.pa - (region.pa % 0x20_0000n), READ_WRITE)
      break
  }
  return bytes
}
