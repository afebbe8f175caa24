import { InputError } from '../../traces/input-error.ts'
import { exitCode } from './terminal.ts'

/** Does the work of a script and exits with the code that it returns; what cannot be used is one line, and exit code 2. */
export async function withExitCode(script: string, work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work()
  } catch (error) {
    if (!(error instanceof InputError)) throw error
    console.error(`${script}: ${error.message}`)
    process.exitCode = exitCode.unusable
  }
}
