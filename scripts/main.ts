import { argv, stderr, stdout } from 'node:process'
import { yingzhou } from './commands/yingzhou.ts'

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interruption.abort(new Error(signal)))
// Whoever read the output has gone, as `head` does; the shell's code for that is 128 + SIGPIPE.
stdout.on('error', (error) => {
  if ('code' in error && error.code === 'EPIPE') process.exit(141)
  throw error
})

await yingzhou(argv.slice(2), {
  print: (data) => stdout.write(data),
  say: (text) => stderr.write(text),
  ...(stderr.isTTY && { progress: stderr }),
  exit(code) {
    process.exitCode = code
  },
  interrupted: interruption.signal,
})
