import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { presets } from '../../rtl-model/core/config.ts'
import { SpikeLog } from '../../traces/spike/reader.ts'
import { spikeText } from '../../traces/spike/writer.ts'
import { compareWithLog } from '../compare/lockstep.ts'
import type { ElfFile } from '../elf/image.ts'
import { Machine } from '../machine.ts'

/** Log lines read a second, and instructions compared a second, on a log of `steps` instructions that the model writes. */
export async function logRates(
  elf: ElfFile,
  steps: number,
): Promise<{ linesPerSecond: number; comparedPerSecond: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'yingzhou-bench-'))
  try {
    const path = join(folder, 'model.log')
    writeLog(elf, path, steps)
    await readSeconds(path)
    const linesPerSecond = steps / (await readSeconds(path))
    const begin = performance.now()
    const { instructions, same } = await compareWithLog(elf, path)
    if (!same) throw new Error('the model differs from the log that it wrote itself')
    return { linesPerSecond, comparedPerSecond: (instructions * 1000) / (performance.now() - begin) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function readSeconds(path: string): Promise<number> {
  const begin = performance.now()
  for await (const _ of new SpikeLog(path).batches());
  return (performance.now() - begin) / 1000
}

function writeLog(elf: ElfFile, path: string, steps: number): void {
  const file = openSync(path, 'w')
  const machine = new Machine({
    config: presets.spike,
    mmuType: 'sv57',
    observers: [
      (batch) => {
        let text = ''
        for (let index = 0; index < batch.length; index++)
          text += spikeText(batch.at(index), (csr) => machine.core.csr.name(csr)!)
        writeSync(file, text)
      },
    ],
  })
  machine.load(elf)
  machine.run(steps)
  closeSync(file)
}
