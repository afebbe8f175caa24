#!/usr/bin/env node
import { existsSync } from 'node:fs'

// In a checkout the command is what the sources say now. An installed package has no sources.
const builder = new URL('../scripts/build.js', import.meta.url)
if (existsSync(builder)) await (await import(builder.href)).buildIfStale()
await import('./main.js')
