import type { CoreConfig } from '../../rtl-model/core/config.ts'
import type { CoreUnits } from '../../rtl-model/core/core.ts'
import { InputError } from '../../traces/input-error.ts'
import { type ElfFile, symbolAddress } from '../elf/image.ts'
import { type EngineName, Machine } from '../machine.ts'

/** What one kernel of a program measured of itself, first (cold) and second pass. */
export interface KernelCycles {
  name: string
  ops: number
  coldCycles: number
  coldInstret: number
  cycles: number
  instret: number
}

/** Layout of the block at `kresults`, in bytes. */
const FIRST_ENTRY = 64
const ENTRY_BYTES = 128
const NAME_BYTES = 32
const MOST_ENTRIES = 1000

/** More steps than any such program makes. */
const STEP_LIMIT = 200_000_000
const STRIDE = 1_000_000

/** Whether a program leaves cycle counts where `kernelCycles` finds them. */
export function hasKernels(elf: ElfFile): boolean {
  return symbolAddress(elf, 'kresults') !== undefined
}

/**
 * Runs a program that measures kernels with `mcycle` and `minstret`, and reads what it measured from its memory.
 * @throws InputError where it has no such block, does not end, or ends with another code than 0
 */
export function kernelCycles(
  elf: ElfFile,
  path: string,
  config: CoreConfig,
  engine: EngineName = 'wasm',
  units: Partial<CoreUnits> = {},
): KernelCycles[] {
  const results = symbolAddress(elf, 'kresults')
  if (results === undefined) throw new InputError(`${path}: no symbol kresults`)
  const machine = new Machine({ config, engine, units })
  machine.load(elf)
  for (let left = STEP_LIMIT; machine.exitCode === undefined && left > 0; left -= STRIDE) machine.run(STRIDE)
  if (machine.exitCode !== 0) throw new InputError(`${path}: ended with ${machine.exitCode ?? 'no exit code'}`)
  const { bus } = machine.core
  const word = (offset: number): number => Number(bus.load(results + BigInt(offset), 8))
  const count = word(0)
  if (count > MOST_ENTRIES) throw new InputError(`${path}: ${count} kernels at kresults`)
  return Array.from({ length: count }, (_, index) => {
    const at = FIRST_ENTRY + index * ENTRY_BYTES
    const name = new TextDecoder().decode(bus.read(results + BigInt(at), NAME_BYTES)).replace(/\0.*$/s, '')
    const [ops, coldCycles, coldInstret, cycles, instret] = [0, 1, 2, 3, 4].map((field) =>
      word(at + NAME_BYTES + field * 8),
    )
    return { name, ops, coldCycles, coldInstret, cycles, instret }
  })
}
