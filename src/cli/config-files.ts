/** Configuration as files: reading one with what it includes, and replacing it whole. */
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, parse, resolve } from 'node:path'
import type { CommandLine } from '../cli-options.ts'
import { commandTable } from '../commands/table.ts'
import { globMatches } from '../lib/glob.ts'
import { AclCommands } from '../server/acl/acl-commands.ts'
import { userDirectiveFault } from '../server/acl/acl-file.ts'
import type { Config } from '../server/config/config.ts'
import { type ConfigText, type IncludeReader, readConfig } from '../server/config/config-file.ts'
import { FileRefused } from '../server/host.ts'
import { reasonOf, StartError } from './start-error.ts'

const commandNames = commandTable.map((command) => command.name)
const aclCommands = new AclCommands(commandTable)
const userFault = (words: readonly string[], isKnown: boolean): string | undefined =>
  userDirectiveFault(words, aclCommands, isKnown)

/** The configuration that the command line asks for. Throws ConfigFileError, or StartError that names the file. */
export function loadConfig(command: Extract<CommandLine, { task: 'serve' }>): Config {
  const { configFile, options } = command
  const source = { options, readInclude, commandNames, userFault }
  return readConfig(configFile === undefined ? source : { ...source, file: readConfigFile(configFile) })
}

function readConfigFile(path: string): ConfigText {
  try {
    return readText(path)
  } catch (error) {
    throw new StartError(`Can't read the configuration file ${resolve(path)}: ${reasonOf(error)}`)
  }
}

const readInclude: IncludeReader = (pattern) => {
  try {
    const paths = hasWildcard(pattern) ? expand(pattern) : [pattern]
    return { files: paths.map(readText) }
  } catch (error) {
    return { failure: reasonOf(error) }
  }
}

function readText(path: string): ConfigText {
  return { path, text: readFileSync(path, 'latin1') }
}

function hasWildcard(path: string): boolean {
  return /[*?[]/.test(path)
}

/** The files that match, sorted; none is no error. Wildcards may stand in folders, too, and match no leading dot. */
function expand(pattern: string): string[] {
  const { root } = parse(pattern)
  let paths = [root]
  for (const part of pattern.slice(root.length).split('/')) {
    paths = paths.flatMap((path) => (hasWildcard(part) ? matchesIn(path, part) : [join(path, part)]))
  }
  return paths.filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined)
}

function matchesIn(folder: string, pattern: string): string[] {
  const bytes = Buffer.from(pattern)
  const names = statSync(folder === '' ? '.' : folder, { throwIfNoEntry: false })?.isDirectory()
    ? readdirSync(folder === '' ? '.' : folder)
    : []
  return names
    .filter((name) => name.startsWith('.') === pattern.startsWith('.') && globMatches(bytes, Buffer.from(name)))
    .sort()
    .map((name) => join(folder, name))
}

/** Writes the file anew beside the old one and puts it in its place, so that a crash leaves either. It keeps its mode,
 *  since it may hold a password. Throws FileRefused, with the old file as it was. */
export function replaceConfigFile(path: string, rewrite: (oldText: string | undefined) => string): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const old = statSync(path, { throwIfNoEntry: false })
    const text = rewrite(old === undefined ? undefined : readFileSync(path, 'latin1'))
    const file = openSync(temporary, 'w', 0o600)
    try {
      fchmodSync(file, old === undefined ? 0o644 : old.mode & 0o777)
      writeFileSync(file, text, 'latin1')
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(temporary, { force: true })
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    throw new FileRefused(reasonOf(error))
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}
