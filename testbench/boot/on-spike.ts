import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { InputError } from '../../traces/input-error.ts'
import { type Comparison, compareWithLog } from '../compare/lockstep.ts'
import type { ElfFile } from '../elf/image.ts'
import { parseElf } from '../elf/read.ts'
import { ISA } from '../machine.ts'
import { combine } from './combine.ts'
import { missingLines, type Tutorial } from './tutorials.ts'

const run = promisify(execFile)

/** Of Spike: a machine like the model's, and a log of every instruction. */
export const spikeFlags = [`--isa=${ISA}`, '--priv=msu', '--pmpregions=16', '--log-commits']

/**
 * Runs a tutorial on Spike, and on the model beside Spike's log: whether both print what is promised and do the same. The
 * log takes 70 bytes an instruction of the disk while this lasts.
 * @throws InputError where Spike fails
 */
export async function tutorialOnSpike(
  { command, promises }: Tutorial,
  firmware: ElfFile,
  host: ElfFile,
  spike: string,
): Promise<{ missing: string[]; comparison: Comparison }> {
  const folder = await mkdtemp(join(tmpdir(), 'yingzhou-tutorial-'))
  try {
    const [program, log] = [join(folder, 'program.elf'), join(folder, 'spike.log')]
    const bytes = combine(firmware, host, command)
    await writeFile(program, bytes)
    const { stdout } = await run(spike, [...spikeFlags, `--log=${log}`, program]).catch((error) => {
      throw new InputError(`${spike}: ${error.stderr?.trim() || error.message}`)
    })
    return { missing: missingLines(promises, stdout), comparison: await compareWithLog(parseElf(bytes, command), log) }
  } finally {
    await rm(folder, { recursive: true })
  }
}
