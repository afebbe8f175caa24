import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { InputError } from './input-error.ts'
import { makeFolder, OutputFile, writeWhole } from './output-file.ts'

let folder: string
const path = (name: string): string => join(folder, name)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yingzhou-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('has its name only when it is whole', async () => {
  const file = await OutputFile.create(path('log'))
  await file.write('one\n')
  await file.write('two\n')
  expect(readdirSync(folder)).not.toContain('log')
  await file.finish()
  expect(readdirSync(folder)).toEqual(['log'])
  expect(readFileSync(path('log'), 'utf8')).toBe('one\ntwo\n')
})

test('replaces nothing, and leaves nothing, when it is given up', async () => {
  writeFileSync(path('log'), 'old')
  const file = await OutputFile.create(path('log'))
  await file.write('new')
  await file.discard()
  expect(readdirSync(folder)).toEqual(['log'])
  expect(readFileSync(path('log'), 'utf8')).toBe('old')
})

test('is packed where its name ends in .gz, in pieces that make one file', async () => {
  const file = await OutputFile.create(path('log.gz'))
  await file.write('one\n')
  await file.write(Buffer.from('two\n'))
  await file.finish()
  expect(gunzipSync(readFileSync(path('log.gz'))).toString()).toBe('one\ntwo\n')
})

test('goes where a symbolic link points, and leaves the link', async () => {
  writeFileSync(path('target'), 'old')
  symlinkSync('target', path('link'))
  await writeWhole(path('link'), 'new')
  expect(lstatSync(path('link')).isSymbolicLink()).toBe(true)
  expect(readFileSync(path('target'), 'utf8')).toBe('new')
})

test('writes into a pipe instead of replacing it', async () => {
  execFileSync('mkfifo', [path('pipe')])
  const reader = spawn('cat', [path('pipe')])
  const chunks: Buffer[] = []
  reader.stdout.on('data', (chunk) => chunks.push(chunk))
  const [end] = await Promise.all([once(reader, 'close'), writeWhole(path('pipe'), 'through')])
  expect(end[0]).toBe(0)
  expect(Buffer.concat(chunks).toString()).toBe('through')
  expect(lstatSync(path('pipe')).isFIFO()).toBe(true)
})

test('says in one line why it cannot be', async () => {
  const problem = (name: string) => OutputFile.create(path(name)).catch((error) => error)
  expect(await problem('.')).toEqual(new InputError(`${path('.')}: cannot be written: is a directory`))
  expect(await problem('none/log')).toEqual(new InputError(`${path('none/log')}: cannot be written: no such directory`))
  await expect(writeWhole('/dev/full', 'x')).rejects.toThrow('/dev/full: cannot be written: no space left')
})

test('makes the folder that files go to, and says in one line why it cannot', async () => {
  await makeFolder(path('a/b'))
  await makeFolder(path('a/b'))
  await writeWhole(path('a/b/log'), 'text')
  await expect(makeFolder(path('a/b/log'))).rejects.toEqual(
    new InputError(`${path('a/b/log')}: cannot be written: is not a directory`),
  )
  await expect(makeFolder(path('a/b/log/c'))).rejects.toBeInstanceOf(InputError)
  await expect(makeFolder('/proc/none/folder')).rejects.toThrow(/^\/proc\/none\/folder: cannot be written: /)
})
