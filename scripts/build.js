/**
 * Builds the commands: each `scripts/*.ts` becomes a file of the same name in dist/, with what it imports bundled in, so
 * that the package runs on Node alone. Plain JavaScript, because Node 20 runs nothing else before there is a build.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const dist = join(root, 'dist')
/** What dist/ was built from: each source with the time of its last change, in milliseconds. */
const sourcesFile = join(dist, 'sources.json')

/** Builds what is not built yet, or not from the sources as they are now. Takes a few milliseconds where nothing changed. */
export async function buildIfStale() {
  if (await isStale()) await build()
}

async function isStale() {
  try {
    const sources = Object.entries(JSON.parse(await readFile(sourcesFile, 'utf8')))
    const times = await Promise.all(sources.map(([path]) => changedAt(path)))
    return sources.some(([, time], index) => time !== times[index])
  } catch {
    return true
  }
}

const changedAt = async (path) => (await stat(join(root, path))).mtimeMs

async function build() {
  const esbuild = await import('esbuild')
  const { files, inputs } = await bundle(esbuild)
  const sources = Object.keys(inputs).map((path) => relative(root, join(root, path)))
  sources.push('package.json', 'package-lock.json', 'scripts/build.js')
  const times = await Promise.all(sources.map(async (path) => [path, await changedAt(path)]))
  await mkdir(dist, { recursive: true })
  // Other processes may be running from dist/: parts that they may yet load stay, and no file is ever half-written.
  for (const { path, contents } of files) await replace(path, contents, basename(path) === 'yingzhou.js')
  await replace(join(dist, 'THIRD-PARTY-LICENSES.txt'), await licences(Object.keys(inputs)))
  await replace(sourcesFile, `${JSON.stringify(Object.fromEntries(times), null, 1)}\n`)
}

async function bundle(esbuild) {
  const programs = (await readdir(join(root, 'scripts'))).filter((name) => /^[^.]*\.ts$/.test(name))
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: programs.map((name) => join('scripts', name)),
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    // Puts constants into the code, where the engine's inner loops then have them.
    minifySyntax: true,
    chunkNames: 'parts/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // The launcher imports the built program when it has made sure that it is up to date.
    external: ['./main.js', 'piscina'],
    // One file that loads in a tenth of the time of its module graph.
    alias: { chevrotain: join(root, 'node_modules/chevrotain/lib/chevrotain.min.mjs') },
    // CommonJS packages expect `require`.
    banner: {
      js: `import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);`,
    },
    logLevel: 'warning',
  })
  return { files: outputFiles, inputs: metafile.inputs }
}

/** The licences of the packages that are bundled in, and of those that they have bundled in themselves. */
async function licences(inputs) {
  const names = new Set(inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))
  const texts = []
  for (const name of names) {
    const folder = join(root, 'node_modules', name)
    const { version, license, dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    for (const dependency of Object.keys(dependencies)) names.add(dependency)
    const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry))
    const text = file === undefined ? '' : await readFile(join(folder, file), 'utf8')
    texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`)
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

async function replace(path, contents, executable = false) {
  const temporary = `${path}.${process.pid}`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(temporary, contents, { mode: executable ? 0o755 : 0o644 })
  await rename(temporary, path)
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  if (argv[2] === '--if-stale') await buildIfStale()
  else {
    await rm(dist, { recursive: true, force: true })
    await build()
  }
}
