#!/usr/bin/env node
/** The command line's entry: decides what is asked for and does it. Files, ports, signals and the real clock are known
 *  here and in `cli/` alone. */
import { loadConfig } from './cli/config-files.ts'
import { version } from './cli/host.ts'
import { Program } from './cli/program.ts'
import { type CommandLine, parseCommandLine, UsageError, usage } from './cli-options.ts'
import { verifyLog } from './log/verify.ts'

async function main(argv: readonly string[]): Promise<number | undefined> {
  let command: CommandLine
  try {
    command = parseCommandLine(argv)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
  if (command.task === 'help') {
    process.stdout.write(usage)
    return 0
  }
  if (command.task === 'version') {
    process.stdout.write(`Millrace ${version}\n`)
    return 0
  }
  if (command.task === 'verify') {
    const report = verifyLog(command.file)
    process.stdout.write(`${report.lines.join('\n')}\n`)
    return report.isSound ? 0 : 1
  }
  await new Program(loadConfig(command), command.configFile).start()
  return undefined
}

/** Errors that are the operator's to mend are told in a line; a stack is for bugs. */
function report(error: unknown): void {
  const isExpected = error instanceof Error && (error.name !== 'Error' ? !error.name.startsWith('Assertion') : true)
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  process.stderr.write(isExpected && !isBug ? `${error.message}\n` : `${(error as Error)?.stack ?? error}\n`)
}

main(process.argv.slice(2)).then(
  (code) => {
    if (code !== undefined) process.exitCode = code
  },
  (error: unknown) => {
    report(error)
    process.exit(1)
  },
)
