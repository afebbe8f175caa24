/** The memory of an enclave, as a host fills it before it asks the monitor to create one. */

import { PAGE_SIZE } from '../../monitor/abi.ts'
import type { Range } from '../../monitor/spec/state.ts'
import { CODE_VA, DATA_VA, enclaveAgent, STACK_VA } from './agents.ts'

/** Pages of the region, by what is on them; nothing is on the spare one. */
export const imagePages = {
  root: 1n,
  low: 2n,
  text: 3n,
  high: 4n,
  stack: 5n,
  code: 6n,
  data: 7n,
  stackPage: 8n,
  spare: 9n,
  free: 10n,
}

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
export const freeMem = ({ pa }: Range): bigint => pa + imagePages.free * PAGE_SIZE

/** Where the image's data page lies. */
export const dataPage = ({ pa }: Range): bigint => pa + imagePages.data * PAGE_SIZE

export const IMAGE_BYTES = Number(imagePages.free * PAGE_SIZE)

/** Bytes to be put at the start of a region. Templates have no stack of their own. */
export function image(
  region: Range,
  { flaw = 'none', hasStack = true }: { flaw?: Flaw; hasStack?: boolean } = {},
): Uint8Array {
  const bytes = new Uint8Array(IMAGE_BYTES)
  const view = new DataView(bytes.buffer)
  const at = (number: bigint) => region.pa + number * PAGE_SIZE
  const entry = (table: bigint, index: bigint, pa: bigint, flags: bigint) =>
    view.setBigUint64(Number(table * PAGE_SIZE + index * 8n), ((pa / PAGE_SIZE) << 10n) | flags, true)
  const index = (va: bigint, level: bigint) => (va >> (12n + 9n * level)) % 512n

  entry(imagePages.root, index(CODE_VA, 2n), at(imagePages.low), VALID)
  entry(imagePages.low, index(CODE_VA, 1n), at(imagePages.text), VALID)
  entry(imagePages.text, index(CODE_VA, 0n), at(imagePages.code), READ_EXECUTE)
  entry(imagePages.text, index(DATA_VA, 0n), at(imagePages.data), READ_WRITE_EXECUTE)
  if (hasStack) {
    entry(imagePages.root, index(STACK_VA, 2n), at(imagePages.high), VALID)
    entry(imagePages.high, index(STACK_VA, 1n), at(imagePages.stack), VALID)
    entry(imagePages.stack, index(STACK_VA, 0n), at(imagePages.stackPage), READ_WRITE)
  }
  bytes.set(enclaveAgent.bytes, Number(imagePages.code * PAGE_SIZE))
  bytes.fill(0xda, Number(imagePages.data * PAGE_SIZE), Number((imagePages.data + 1n) * PAGE_SIZE))

  const outside = region.pa + region.size
  switch (flaw) {
    case 'none':
      break
    case 'leaf outside':
      entry(imagePages.text, 3n, outside, READ_WRITE)
      break
    case 'leaf on the monitor':
      entry(imagePages.text, 3n, 0x8000_0000n, READ_WRITE)
      break
    case 'table outside':
      entry(imagePages.low, 1n, outside, VALID)
      break
    case 'table in the monitor':
      entry(imagePages.root, 5n, 0x8000_0000n, VALID)
      break
    case 'table mapped writable':
      entry(imagePages.text, 3n, at(imagePages.text), READ_WRITE)
      break
    case 'free page mapped writable':
      entry(imagePages.text, 3n, at(imagePages.free), READ_WRITE)
      break
    case 'write only':
      entry(imagePages.text, 3n, at(imagePages.data), 0xd5n)
      break
    case 'table as its own child':
      entry(imagePages.root, 6n, at(imagePages.root), VALID)
      break
    case 'leaf past the end':
      // A huge page that begins in no region of this size's end.
      entry(imagePages.low, 2n, region.pa - (region.pa % 0x20_0000n), READ_WRITE)
      break
  }
  return bytes
}
