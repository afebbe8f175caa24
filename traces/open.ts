import { readBytes } from './byte-stream.ts'
import { RvfiLog } from './rvfi/reader.ts'
import { SpikeLog } from './spike/reader.ts'

/** A trace of a format that was recognised; `log.events()` reads it whatever the format. */
export type Trace = { format: 'spike'; log: SpikeLog } | { format: 'rvfi'; log: RvfiLog }

/**
 * Recognises a trace, plain or gzip, by its first byte: JSON lines start with a brace, anything else has to be a Spike log,
 * whose reader says what is wrong with it. `csrName` gives a CSR's name by its number.
 * @throws InputError when the file cannot be read or is empty.
 */
export async function openTrace(path: string, csrName: (csr: number) => string): Promise<Trace> {
  return (await firstByte(path)) === 0x7b
    ? { format: 'rvfi', log: new RvfiLog(path, csrName) }
    : { format: 'spike', log: new SpikeLog(path) }
}

async function firstByte(path: string): Promise<number | undefined> {
  for await (const chunk of readBytes(path)) return chunk[0]
  return undefined
}
