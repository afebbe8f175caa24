import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { promisesNamed } from '../../properties/index.ts'
import { presets } from '../../rtl-model/core/config.ts'
import { loadElf } from '../../testbench/elf/load.ts'
import type { Finding } from '../../testbench/fuzz/finding.ts'
import { counted } from '../../testbench/fuzz/report/words.ts'
import { InputError } from '../../traces/input-error.ts'
import { writeWhole } from '../../traces/output-file.ts'
import { monitorName } from '../terminal/fuzz-options.ts'
import { packageRoot } from '../terminal/package-root.ts'
import { exitCode, type Terminal } from '../terminal/terminal.ts'

interface Options {
  page?: string
  elf?: string
  monitor?: string
}

export function addReplay(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .summary('play a breach again that a campaign found')
    .description(
      'Plays the steps of a finding, and shows what happens: the steps, the trace around the breach, and why.',
    )
    .argument('<finding.json>', 'file that fuzz wrote')
    .option('--page <file.html>', 'write the page of the breach')
    .option(
      '--elf <file.elf>',
      'write one program of monitor, host and enclaves that shows it, for Spike and QEMU (-bios)',
    )
    .option('--monitor <file.elf>', 'firmware to play on, instead of the one of the finding')
    .addHelpText(
      'after',
      `
Exit code: 1 if the promise breaks again, 0 if it holds, 2 for what cannot be used.

Example: yingzhou replay out/isolation-7f3a91c2.json --page breach.html`,
    )
    .action((file: string, options: Options) => replay(file, options, terminal))
}

async function replay(file: string, { page, elf, monitor: other }: Options, terminal: Terminal): Promise<void> {
  const { readFinding } = await import('../../testbench/fuzz/finding.ts')
  const { hashOf } = await import('../../testbench/fuzz/publish.ts')
  const { prepare } = await import('../../testbench/fuzz/setup.ts')
  const { tellStory } = await import('../../testbench/fuzz/tell.ts')
  const { storyText } = await import('../../testbench/fuzz/report/story-text.ts')
  const finding = readFinding(await textOf(file), file)
  const { faults, start, promise } = finding
  const monitor = other ?? (await imageOf(finding.monitor))
  const core = coreNamed(finding.core, file)
  const { player, points } = await prepare({ monitor, core, faults }, promisesNamed([promise], `${file}: promise`))
  if (other === undefined && (await hashOf(monitor)) !== finding.monitor.sha256)
    terminal.say(`yingzhou: ${monitorName(monitor)}: is not the image that the breach was found on\n`)
  const point = points.find(({ name }) => name === start)
  if (point === undefined)
    throw new InputError(`${file}: start: ${monitorName(monitor)} does not reach a point named '${start}'`)
  const story = tellStory(player, point, finding, `npx yingzhou replay ${file}`)
  if (story === undefined) {
    terminal.print(`${promise}: holds; nothing broke in ${counted(finding.steps.length, 'step')}\n`)
    return terminal.exit(exitCode.success)
  }
  terminal.print(storyText(story))
  if (page !== undefined) {
    const { storyPage } = await import('../../testbench/fuzz/report/page.ts')
    await writeWhole(page, storyPage(story))
    terminal.print(`page: ${page}\n`)
  }
  if (elf !== undefined) {
    const { exportFinding } = await import('../../testbench/fuzz/export/export.ts')
    const { variationsNamed } = await import('../../testbench/fuzz/variations.ts')
    const options = variationsNamed(faults, presets[core])
    await writeWhole(elf, exportFinding(finding, await loadElf(monitor), point, promisesNamed([promise]), options))
    terminal.say(`${elf}: the breach as a program\n`)
    if (faults.length > 0)
      terminal.say(`yingzhou: the bug is in the core (${faults.join(', ')}): other machines will not show the breach\n`)
  }
  terminal.exit(exitCode.different)
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new InputError(`${file}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`)
  }
}

/** The image of a finding: where it says, seen from here or from the package, if that is the same; otherwise what is there. */
async function imageOf({ file, sha256 }: Finding['monitor']): Promise<string> {
  const { hashOf } = await import('../../testbench/fuzz/publish.ts')
  const hash = (path: string): Promise<string | undefined> => hashOf(path).catch(() => undefined)
  const inPackage = resolve(packageRoot(), file)
  if ((await hash(file)) === sha256 || (await hash(inPackage)) !== sha256) return file
  return inPackage
}

function coreNamed(name: string, file: string): 'default' | 'rocket' {
  if (name === 'default' || name === 'rocket') return name
  throw new InputError(`${file}: core: there is no core named ${name}`)
}
