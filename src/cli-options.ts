/** The command line: what it asks for, without doing any of it.
 *
 *      millrace [FILE] [--directive value ...] ...
 *      millrace verify FILE
 *      millrace --help | --version
 *
 *  Options become lines of configuration that are read after the file, so the last value wins and errors name the line. As in Redis an
 *  argument with `--` in front starts a directive unless the one before it still lacks a value, and `--port=7000` is no directive. */

import { quoteWord, splitWords } from './lib/words.ts'

export type CommandLine =
  | { readonly task: 'help' }
  | { readonly task: 'version' }
  | { readonly task: 'verify'; readonly file: string }
  /** `options` is for `readConfig`, as is the text of `configFile`. */
  | { readonly task: 'serve'; readonly configFile?: string; readonly options: string }

/** A command line that can't be understood. The message is one sentence for the terminal. */
export class UsageError extends Error {}

/** Reads the arguments that follow the program's name. Throws UsageError; wrong directives show later, in `readConfig`. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first, ...rest] = args
  if (first === '-h' || first === '--help') return { task: 'help' }
  if (first === '-v' || first === '--version') return { task: 'version' }
  if (first === 'verify') {
    if (rest.length !== 1) throw new UsageError('verify takes one file: millrace verify FILE')
    return { task: 'verify', file: rest[0]! }
  }
  if (first === '-' || args.at(-1) === '-') {
    throw new UsageError('configuration is not read from the standard input: give a file or options')
  }
  if (first === undefined || first.startsWith('-')) return { task: 'serve', options: optionLines(args) }
  return { task: 'serve', configFile: first, options: optionLines(rest) }
}

/** What `--help` prints. */
export const usage = `Usage: millrace [FILE] [--DIRECTIVE VALUE ...] ...
       millrace verify FILE

  FILE          configuration in redis.conf's syntax
  --DIRECTIVE   any directive of redis.conf; it wins over the file
  verify FILE   checks a data file and says what is in it
  --version     prints the version
  --help        prints this

Examples:
  millrace
  millrace --port 7000 --dir ./elsewhere --appendfsync everysec
  millrace ./millrace.conf --loglevel verbose
`

/** Turns options into lines of configuration: `--port 7000` into `port "7000"`. The result is a byte string, see `words.ts`. */
function optionLines(args: readonly string[]): string {
  const lines: string[] = []
  let mayStart = true
  for (const [index, arg] of args.entries()) {
    const bytes = Buffer.from(arg, 'utf8').toString('latin1')
    if (!mayStart || !arg.startsWith('--')) {
      lines.push(`${lines.pop() ?? ''}${quoteWord(bytes)} `)
      mayStart = true
      continue
    }
    lines.push(`${bytes.slice(2)} `)
    // `--port 7000` in one argument has its value; a bare `--save` before another option or at the end means the empty value.
    mayStart = splitWords(bytes)?.length !== 1
    const next = args[index + 1]
    if (arg.toLowerCase() === '--save' && (next === undefined || next.startsWith('--'))) {
      lines.push(`${lines.pop()}""`)
      mayStart = true
    }
  }
  return lines.join('\n')
}
