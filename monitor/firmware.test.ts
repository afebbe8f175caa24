import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readElf } from '../testbench/elf/read.ts'
import { Machine } from '../testbench/machine.ts'

