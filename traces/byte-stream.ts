import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { InputError } from './input-error.ts'

const chunkSize = 1 << 18

/**
 * The bytes of a file in chunks, unpacked when it starts as gzip does (RFC 1952, 2.3.1). The file is closed when the
 * consumer stops, early or not.
 * @throws InputError when the file cannot be read, is empty, or its gzip data is cut short or damaged.
 */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    const isGzip = await startsAsGzip(path, file)
    const source = file.createReadStream({ start: 0, highWaterMark: chunkSize })
    if (isGzip) {
      const gunzip = createGunzip({ chunkSize })
      source.on('error', (error) => gunzip.destroy(error))
      try {
        yield* source.pipe(gunzip)
      } finally {
        gunzip.destroy()
        source.destroy()
      }
    } else yield* source
  } catch (error) {
    throw inputError(path, error)
  } finally {
    await file?.close()
  }
}

async function startsAsGzip(path: string, file: FileHandle): Promise<boolean> {
  // What cannot be read twice, such as a pipe, cannot be recognised and then read.
  const isFile = (await file.stat()).isFile()
  if (!isFile) throw new InputError(`${path}: not a regular file`)
  const { buffer, bytesRead } = await file.read(new Uint8Array(2), 0, 2, 0)
  if (bytesRead === 0) throw new InputError(`${path}: the file is empty`)
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
}

const reasons = new Map([
  ['ENOENT', 'no such file'],
  ['EACCES', 'no permission to read it'],
  ['Z_BUF_ERROR', 'the gzip data ends early; the file is cut short'],
])

function inputError(path: string, error: unknown): unknown {
  if (error instanceof InputError || !(error instanceof Error) || !('code' in error)) return error
  const code = String(error.code)
  const reason = reasons.get(code) ?? (code.startsWith('Z_') ? `damaged gzip data (${error.message})` : error.message)
  return new InputError(`${path}: ${reason}`)
}
