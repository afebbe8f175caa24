import { join } from 'node:path'
import { Command, Option } from 'commander'
import { type CoreConfig, presets } from '../rtl-model/core/config.ts'
import { type EngineName, engines } from '../testbench/machine.ts'
import { readLeftOut } from '../testbench/suites/left-out.ts'
import { findTests, runTest, type TestResult } from '../testbench/suites/suite.ts'
import { summarise, summaryText } from '../testbench/suites/summary.ts'
import { jsonOption, setOption } from './terminal/options.ts'
import { packageRoot } from './terminal/package-root.ts'
import { withExitCode } from './terminal/with-exit-code.ts'

// npm run suites: public test suites, built elsewhere, on the model.

interface Options {
  elves: string
  logs?: string
  signatures?: string
  engine: EngineName | 'both'
  set: CoreConfig
  json?: true
}

const command = new Command('suites')
  .description(
    'Runs every ELF file of a folder, and compares it with its Spike log and its signature where it has them.',
  )
  .requiredOption('--elves <folder>', 'programs, which pass with exit code 0')
  .option('--logs <folder>', 'Spike commit logs, NAME.log.gz or NAME.log')
  .option('--signatures <folder>', 'signatures in lines of 4 bytes, NAME.sig or NAME.signature')
  .addOption(new Option('--engine <name>', 'what runs them').choices([...Object.keys(engines), 'both']).default('wasm'))
  .addOption(setOption(presets.spike))
  .addOption(jsonOption())
  .addHelpText(
    'after',
    '\nExit code: 0 if all pass but those in testbench/suites/left-out.txt, 1 if one fails, 2 for unusable input.',
  )

await withExitCode('suites', async () => {
  const { engine, set: config, json, ...folders } = command.parse().opts<Options>()
  const leftOut = await readLeftOut(join(packageRoot(), 'testbench/suites/left-out.txt'))
  const tests = await findTests(folders)
  const results: TestResult[] = []
  for (const name of engine === 'both' ? (Object.keys(engines) as EngineName[]) : [engine]) {
    for (const test of tests) results.push(await runTest(test, { config, engine: name }))
  }
  const summary = summarise(results, leftOut)
  console.log(json ? JSON.stringify(summary, null, 2) : summaryText(summary))
  return summary.failures.length === 0 ? 0 : 1
})
