import type { ElfFile } from '../elf/image.ts'
import { type RunOptions, type RunResult, runProgram } from '../run-program.ts'

/** With these codes our host kernel ends the machine itself (monitor/host-kernel/console.h); programs have 8 bits. */
const KERNEL_GAVE_UP = 0x1001
const NO_SUCH_PROGRAM = 0x1002

/** How a boot ended. `program`: with its exit code. `limit`: not within the instructions that it was given. */
export type Outcome = 'program' | 'no such program' | 'kernel gave up' | 'limit'

export interface BootResult extends RunResult {
  outcome: Outcome
}

export type BootOptions = Omit<RunOptions, 'payload' | 'signature' | 'showFinisher'>

/**
 * Boots a firmware in M-mode (OpenSBI's entry: hart in a0, device tree in a1) with its payload in memory (undefined
 * where the firmware's file has one), and runs until the machine ends. The device tree tells of the test finisher: some firmware has no other way to pass an exit code.
 * @throws InputError for a firmware or payload that does not fit the machine.
 */
export async function boot(firmware: ElfFile, payload: ElfFile | undefined, options: BootOptions): Promise<BootResult> {
  const result = await runProgram(firmware, { ...options, ...(payload && { payload }), showFinisher: true })
  return { ...result, outcome: outcome(result.exitCode) }
}

function outcome(exitCode: number | undefined): Outcome {
  switch (exitCode) {
    case undefined:
      return 'limit'
    case NO_SUCH_PROGRAM:
      return 'no such program'
    case KERNEL_GAVE_UP:
      return 'kernel gave up'
    default:
      return 'program'
  }
}
