import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { heard, temporaryFolder, writeProgram } from './heard.ts'

const path = temporaryFolder()
const program = writeProgram(path('seven.elf'), ' li a0, 7')

test('view writes a page beside the program, or where -o says', async () => {
  expect(await heard('view', program, '--max-instructions', '5')).toMatchObject({ code: 0, out: '' })
  const page = readFileSync(path('seven.html'), 'utf8')
  expect(page).toMatch(/^<!doctype html>/)
  await heard('view', program, '--max-instructions', '5', '-o', path('other.html'))
  expect(readFileSync(path('other.html'), 'utf8')).toBe(page)
})

test('view says where there is nothing to show: no timing, or a program that has ended', async () => {
  const functional = await heard('view', program, '--core', 'functional')
  expect(functional).toMatchObject({ code: 2, err: expect.stringContaining('core without timing') })
  const late = await heard('view', program, '--from', '100000')
  expect(late).toMatchObject({ code: 2, err: expect.stringContaining('ended after') })
})
