import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Threads of `yingzhou fuzz` run what is built: that is what the sources say. */
export default function setup(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('scripts/build.js', import.meta.url)), '--if-stale'])
}
