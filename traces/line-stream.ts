import { readBytes } from './byte-stream.ts'

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const lineFeed = 0x0a

/**
 * The lines of a text file, plain or gzip, without their line feeds. `isCut` says of the last one that the file has no
 * line feed after it.
 * @throws InputError as `readBytes` does.
 */
export async function* readLines(path: string): AsyncGenerator<{ text: string; isCut: boolean }> {
  let rest: Uint8Array[] = []
  for await (const chunk of readBytes(path)) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      yield { text: decode([...rest, chunk.subarray(start, end)]), isCut: false }
      rest = []
      start = end + 1
    }
    rest.push(chunk.slice(start))
  }
  const last = decode(rest)
  if (last !== '') yield { text: last, isCut: true }
}

function decode(parts: Uint8Array[]): string {
  return decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts))
}
