import { Command, CommanderError } from 'commander'
import { InputError } from '../../traces/input-error.ts'
import { packageDescription } from '../terminal/package-root.ts'
import { exitCode, type Terminal } from '../terminal/terminal.ts'
import { addAsm } from './asm.ts'
import { addBoot } from './boot.ts'
import { addCheck } from './check.ts'
import { addCompare } from './compare.ts'
import { addDisasm } from './disasm.ts'
import { addFuzz } from './fuzz.ts'
import { addGate } from './gate.ts'
import { addMerge } from './merge.ts'
import { addReplay } from './replay.ts'
import { addRun } from './run.ts'
import { addTour } from './tour.ts'
import { addView } from './view.ts'
import { addZoo } from './zoo.ts'

const commands = [
  addTour,
  addBoot,
  addRun,
  addView,
  addCompare,
  addCheck,
  addFuzz,
  addReplay,
  addMerge,
  addZoo,
  addGate,
  addDisasm,
  addAsm,
]

/**
 * Runs the command that `words` (without the program's name) say. What cannot be used becomes one line on standard error
 * and exit code 2; any other error is a bug and goes on to the caller.
 */
export async function yingzhou(words: readonly string[], terminal: Terminal): Promise<void> {
  try {
    await createProgram(terminal).parseAsync(words, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0) terminal.exit(exitCode.unusable)
    } else if (error instanceof InputError) {
      terminal.say(`yingzhou: ${error.message}\n`)
      terminal.exit(exitCode.unusable)
    } else if (terminal.interrupted.aborted && error === terminal.interrupted.reason) {
      terminal.exit(exitCode.interrupted)
    } else throw error
  }
}

function createProgram(terminal: Terminal): Command {
  const { version, description } = packageDescription()
  const program = new Command('yingzhou')
    .description(description)
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text),
      writeErr: (text) => terminal.say(text),
      outputError: (text, write) => write(`yingzhou: ${oneLine(text)}\n`),
    })
    .addHelpText('after', '\nExample: yingzhou run prog.elf\nEach command has more: yingzhou help run')
  for (const add of commands) add(program, terminal)
  return program
}

/** `error: unknown option '--tarce'\n(Did you mean --trace?)` in one line. */
const oneLine = (text: string): string =>
  text
    .trim()
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
