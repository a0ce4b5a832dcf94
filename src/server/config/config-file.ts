/** Reads configuration text: the file in redis.conf's syntax, followed by the options of the command line in the same syntax, line by line,
 *  the last value winning. The text is a byte string (see `words.ts`). */

import { splitWords } from '../../lib/words.ts'
import { CommandNames, type Renaming } from './command-names.ts'
import { Config } from './config.ts'
import { findDirective } from './directives.ts'
import { ValueRefused } from './kinds.ts'

const INCLUDE_DEPTH_MAX = 64
const SPACES_AROUND = /^[ \t\r\n]+|[ \t\r\n]+$/g

/** Directives of older Redis versions that are read over. */
const RETIRED = ['list-max-ziplist-entries', 'list-max-ziplist-value', 'lua-replicate-commands']

/** A file of configuration lines, and the path that messages call it by. */
export type ConfigText = { readonly path: string; readonly text: string }

/** Reads the file or files that `include` names: a path, or a pattern that may match none (which is no failure) or several, read in that
 *  order. Returns why where a file can't be read. */
export type IncludeReader = (
  pattern: string,
) => { readonly files: readonly ConfigText[] } | { readonly failure: string }

export type ConfigSource = {
  /** The configuration file; left out when there is none. */
  readonly file?: ConfigText
  /** The lines that the command line stands for, see `cli-options.ts`. */
  readonly options?: string
  readonly readInclude: IncludeReader
  /** The commands there are, for `rename-command`: left out, it can rename none. */
  readonly commandNames?: readonly string[]
  /** Says what is wrong with a `user` line, given as the words behind `user` with the names of users before it: left
   *  out, there can be no users. */
  readonly userFault?: (words: readonly string[], isKnown: boolean) => string | undefined
}

/** Configuration that can't be used. The message is the whole report for the terminal, line breaks included. */
export class ConfigFileError extends Error {
  /** The path of the file that has the line; none where the line stands for options of the command line. */
  readonly path: string | undefined
  /** The line, counted from 1. The lines of the command line come after the last of the file, as in Redis. */
  readonly lineNumber: number
  readonly line: string
  readonly reason: string

  constructor(path: string | undefined, lineNumber: number, line: string, reason: string) {
    const file = path === undefined ? '' : ` ${path}`
    super(
      '\n*** FATAL CONFIG FILE ERROR ***\n' +
        `Reading the configuration file${file}, at line ${lineNumber}\n>>> '${line}'\n${reason}\n`,
    )
    this.path = path
    this.lineNumber = lineNumber
    this.line = line
    this.reason = reason
  }
}

/** Makes the configuration that a source describes, on top of the defaults. Throws ConfigFileError at the first line that is wrong. */
export function readConfig(source: ConfigSource): Config {
  const reading: Reading = {
    config: new Config(),
    readInclude: source.readInclude,
    commandNames: new CommandNames(source.commandNames ?? []),
    userFault: source.userFault ?? (() => 'there are no users here'),
    depth: 0,
    saveSeen: false,
  }
  const { file, options } = source
  if (file !== undefined) readLines(reading, { ...file, firstLine: 1 })
  const fileLines = (file?.text ?? '').split('\n').length
  if (options !== undefined) readLines(reading, { text: options, firstLine: fileLines + 1 })
  return reading.config
}

/** What is known while lines are read. */
type Reading = {
  readonly config: Config
  readonly readInclude: IncludeReader
  /** What commands are called after the lines so far. */
  readonly commandNames: CommandNames
  readonly userFault: NonNullable<ConfigSource['userFault']>
  /** How many includes deep the current line stands. */
  depth: number
  /** Whether a `save` line came before: the first replaces the default, later ones add to it. */
  saveSeen: boolean
}

type Lines = { readonly path?: string; readonly text: string; readonly firstLine: number }

function readLines(reading: Reading, { path, text, firstLine }: Lines): void {
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(SPACES_AROUND, '')
    if (line === '' || line.startsWith('#')) continue
    try {
      readLine(reading, line)
    } catch (error) {
      throw error instanceof ValueRefused ? new ConfigFileError(path, firstLine + index, line, error.message) : error
    }
  }
}

function readLine(reading: Reading, line: string): void {
  const words = splitWords(line)
  if (words === undefined) throw new ValueRefused('Unbalanced quotes in configuration line')
  const [given, ...others] = words
  if (given === undefined) return
  const name = given.toLowerCase()
  const directive = findDirective(name)
  const values = directive?.kind.manyWords ? unwrapped(others) : others
  if (directive?.name === 'save') readSave(reading, values)
  else if (directive !== undefined) reading.config.assign(name, values)
  else if (!(RETIRED.includes(name) && values.length === 1)) readFileDirective(reading, name, values)
}

/** Where a directive takes many words and one was given, that one may hold them all: `save "900 1"`, `--save "900 1"`. */
function unwrapped(values: readonly string[]): readonly string[] {
  const [only = ''] = values
  if (values.length !== 1 || only === '') return values
  return splitWords(only) ?? values
}

/** `save 900 1` and `save 300 10` in one file are both meant; `save ""` forgets those before it. */
function readSave(reading: Reading, values: readonly string[]): void {
  const earlier = reading.config.get('save')
  const empty = values.length === 0 || (values.length === 1 && values[0] === '')
  const adds = reading.saveSeen && earlier !== '' && !empty
  reading.config.assign('save', values)
  if (adds) reading.config.assign('save', `${earlier} ${reading.config.get('save')}`.split(' '))
  reading.saveSeen = true
}

/** The directives that stand in files only, and that CONFIG doesn't know. */
function readFileDirective(reading: Reading, name: string, values: readonly string[]): void {
  if (name === 'include' && values.length === 1) {
    readIncluded(reading, values[0]!)
  } else if (name === 'rename-command' && values.length === 2) {
    readRenaming(reading, { from: values[0]!, to: values[1]! })
  } else if (name === 'user' && values.length >= 1) {
    readUser(reading, values)
  } else {
    throw new ValueRefused(whyNoDirective(name, values))
  }
}

function readRenaming({ config, commandNames }: Reading, renaming: Renaming): void {
  const reason = commandNames.rename(renaming)
  if (reason !== undefined) throw new ValueRefused(reason)
  config.renamedCommands.push(renaming)
}

function readUser({ config, userFault }: Reading, words: readonly string[]): void {
  const isKnown = config.userLines.some(([name]) => name === words[0])
  const fault = userFault(words, isKnown)
  if (fault !== undefined) throw new ValueRefused(fault)
  config.userLines.push(words)
}

function whyNoDirective(name: string, values: readonly string[]): string {
  if (name === 'loadmodule' && values.length >= 1) return 'modules are not supported'
  if (name.includes('.')) {
    return values.length === 1 ? 'modules are not supported' : 'Module config specified without value'
  }
  if (name === 'sentinel') return 'sentinel directive while not in sentinel mode'
  return 'Bad directive or wrong number of arguments'
}

function readIncluded(reading: Reading, pattern: string): void {
  if (reading.depth === INCLUDE_DEPTH_MAX) {
    throw new ValueRefused(`more than ${INCLUDE_DEPTH_MAX} files include one another`)
  }
  const included = reading.readInclude(Buffer.from(pattern, 'latin1').toString('utf8'))
  if ('failure' in included) throw new ValueRefused(`can't open config file '${pattern}': ${included.failure}`)
  reading.depth++
  for (const file of included.files) readLines(reading, { ...file, firstLine: 1 })
  reading.depth--
}
