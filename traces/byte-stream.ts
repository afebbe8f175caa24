import { createReadStream, type ReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { InputError } from './input-error.ts'

const chunkSize = 1 << 18

/**
 * The bytes of a file in chunks, unpacked when it starts as gzip does (RFC 1952, 2.3.1). The file is closed when the
 * consumer stops early.
 * @throws InputError when the file cannot be read, is empty, or its gzip data is cut short or damaged.
 */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    const isGzip = await startsAsGzip(path)
    const source = createReadStream(path, { highWaterMark: chunkSize })
    try {
      if (isGzip) yield* unpack(source)
      else for await (const chunk of source) yield chunk
    } finally {
      source.destroy()
    }
  } catch (error) {
    throw inputError(path, error)
  }
}

async function* unpack(source: ReadStream): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize })
  source.on('error', (error) => gunzip.destroy(error))
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk
  } finally {
    gunzip.destroy()
  }
}

async function startsAsGzip(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(2), 0, 2, 0)
    if (bytesRead === 0) throw new InputError(`${path}: the file is empty`)
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await file.close()
  }
}

const reasons = new Map([
  ['ENOENT', 'no such file'],
  ['EISDIR', 'is a directory'],
  ['EACCES', 'no permission to read it'],
  ['Z_BUF_ERROR', 'the gzip data ends early; the file is cut short'],
])

function inputError(path: string, error: unknown): unknown {
  if (error instanceof InputError || !(error instanceof Error) || !('code' in error)) return error
  const code = String(error.code)
  const reason = reasons.get(code) ?? (code.startsWith('Z_') ? `damaged gzip data (${error.message})` : error.message)
  return new InputError(`${path}: ${reason}`)
}
