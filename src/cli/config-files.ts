/** Configuration as files: reading one with what it includes, and replacing it whole. */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { CommandLine } from '../cli-options.ts'
import { globMatches } from '../lib/glob.ts'
import type { Config } from '../server/config/config.ts'
import { type IncludeReader, readConfig } from '../server/config/config-file.ts'

/** The configuration that the command line asks for. Throws ConfigFileError, or an Error that names the file. */
export function loadConfig(command: Extract<CommandLine, { task: 'serve' }>): Config {
  const { configFile, options } = command
  if (configFile === undefined) return readConfig({ options, readInclude })
  return readConfig({ file: readConfigFile(configFile), options, readInclude })
}

function readConfigFile(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    throw new Error(`Can't read the configuration file ${resolve(path)}: ${reasonOf(error)}`)
  }
}

const readInclude: IncludeReader = (pattern) => {
  const path = Buffer.from(pattern, 'latin1').toString('utf8')
  try {
    const isPattern = /[*?[]/.test(path)
    const paths = isPattern ? expand(path) : [path]
    return { text: paths.map((each) => readFileSync(each, 'latin1')).join('\n') }
  } catch (error) {
    return { failure: reasonOf(error) }
  }
}

/** The files whose name matches the pattern's last part, sorted; none is no error. */
function expand(pattern: string): string[] {
  const folder = dirname(pattern)
  const name = Buffer.from(basename(pattern))
  return readdirSync(folder)
    .filter((each) => globMatches(name, Buffer.from(each)))
    .sort()
    .map((each) => join(folder, each))
}

/** Writes the file anew beside the old one and puts it in its place, so that a crash leaves either. */
export function replaceConfigFile(path: string, rewrite: (oldText: string | undefined) => string): void {
  let oldText: string | undefined
  let mode = 0o644
  try {
    oldText = readFileSync(path, 'latin1')
    mode = statSync(path).mode & 0o777
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new Error(reasonOf(error))
  }
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(temporary, 'w', mode)
    writeSync(file, Buffer.from(rewrite(oldText), 'latin1'))
    fsyncSync(file)
    closeSync(file)
    renameSync(temporary, path)
    const folder = openSync(dirname(path), 'r')
    fsyncSync(folder)
    closeSync(folder)
  } catch (error) {
    throw new Error(reasonOf(error))
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  ENOENT: 'No such file or directory',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
}

/** The system's reason, as `strerror` says it. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return reasons[code ?? ''] ?? message
}
