/** Installs what the lock file says and builds, each only if it is missing or stale. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Millrace needs Node 20.19 or newer; this is ${process.version}.`)
  process.exit(1)
}

/** Runs a program in the project's folder; ends this one when it fails. */
function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status === 0) return
  console.error(error?.message ?? `${program} ${args.join(' ')} failed`)
  process.exit(status ?? 1)
}

const consoleSources = 'src/frontends/console'

/** The newest change under a path, in milliseconds; 0 when there is none. `except` is left out. */
function changedAtMs(path, except) {
  const full = join(root, path)
  if (path === except || !existsSync(full)) return 0
  const stat = statSync(full)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(full).reduce((latest, name) => Math.max(latest, changedAtMs(join(path, name), except)), 0)
}

// npm notes in this file what it installed.
const installedAtMs = changedAtMs('node_modules/.package-lock.json')
if (installedAtMs < changedAtMs('package-lock.json')) {
  console.error('Installing what package-lock.json names, which takes a minute or two.')
  run('npm', 'ci', '--no-audit', '--no-fund')
}

const sources = ['src', 'protocol', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']
const builtAtMs = changedAtMs('dist/.tsbuildinfo')
if (sources.some((path) => changedAtMs(path, consoleSources) > builtAtMs)) run('npm', 'run', '--silent', 'build')
else if (changedAtMs(consoleSources) > changedAtMs('dist/console')) run(process.execPath, 'scripts/build-console.mjs')
