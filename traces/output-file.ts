import { constants } from 'node:fs'
import { access, type FileHandle, mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { InputError } from './input-error.ts'

const compress = promisify(gzip)

/**
 * A file that is being written, packed with gzip where its name ends in `.gz`. It grows under a temporary name beside its
 * own, so that its name never belongs to half a file; what is not a regular file, such as a pipe, is written in place.
 */
export class OutputFile {
  readonly #path: string
  readonly #target: string
  readonly #handle: FileHandle
  readonly #temporary: string | undefined

  private constructor(path: string, target: string, handle: FileHandle, temporary: string | undefined) {
    this.#path = path
    this.#target = target
    this.#handle = handle
    this.#temporary = temporary
  }

  /** @throws InputError where no file of that name can be written. */
  static async create(path: string): Promise<OutputFile> {
    try {
      const target = await fileBehind(path)
      if (target === undefined) return new OutputFile(path, path, await open(path, 'w'), undefined)
      const temporary = `${target}.${process.pid}.part`
      return new OutputFile(path, target, await open(temporary, 'wx'), temporary)
    } catch (error) {
      throw outputError(path, error)
    }
  }

  /** @throws InputError where there is no room, or the device fails. */
  async write(data: string | Uint8Array): Promise<void> {
    if (data.length === 0) return
    try {
      // Several gzip members in a row are a gzip file (RFC 1952, 2.2).
      await this.#handle.appendFile(this.#path.endsWith('.gz') ? await compress(data) : data)
    } catch (error) {
      throw outputError(this.#path, error)
    }
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    try {
      await this.#handle.close()
      if (this.#temporary !== undefined) await rename(this.#temporary, this.#target)
    } catch (error) {
      throw outputError(this.#path, error)
    }
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.#handle.close()
    if (this.#temporary !== undefined) await rm(this.#temporary, { force: true })
  }
}

/** Writes a whole file, or nothing. @throws InputError as `OutputFile` does. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const file = await OutputFile.create(path)
  try {
    await file.write(data)
    await file.finish()
  } catch (error) {
    await file.discard()
    throw error
  }
}

/** Makes a folder, with those above it, that files can be written into. @throws InputError where that cannot be. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await makeFolders(path)
    await access(path, constants.W_OK)
  } catch (error) {
    throw outputError(path, error)
  }
}

/** Node's own `recursive` never returns where a folder cannot be made although that above it is there, as in /proc. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (await isFolder(path)) return
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    if (await isFolder(dirname(path))) throw error
    await makeFolders(dirname(path))
    await makeFolders(path)
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

/** Where the file of that name is, or will be; undefined for something that is written in place: a pipe, a device. */
async function fileBehind(path: string): Promise<string | undefined> {
  const found = await stat(path).catch((error) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (found === undefined) return path
  await access(path, constants.W_OK)
  return found.isFile() ? realpath(path) : undefined
}

const reasons = new Map([
  ['ENOENT', 'no such directory'],
  ['ENOTDIR', 'no such directory'],
  ['EEXIST', 'is not a directory'],
  ['EISDIR', 'is a directory'],
  ['EACCES', 'no permission to write it'],
  ['EROFS', 'no permission to write it'],
  ['ENOSPC', 'no space left'],
])

function outputError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  return new InputError(`${path}: cannot be written: ${reasons.get(String(error.code)) ?? error.message}`)
}
