#!/usr/bin/env node
/** The command line's entry: decides what is asked for and does it. Files, ports, signals and the real clock are known
 *  here and in `cli/` alone. */
import { raiseCompilerLimits } from './cli/compiler-limits.ts'
import { loadConfig } from './cli/config-files.ts'
import { version } from './cli/host.ts'
import { ListenError } from './cli/listeners.ts'
import { Program } from './cli/program.ts'
import { StartError } from './cli/start-error.ts'
import { type CommandLine, parseCommandLine, UsageError, usage } from './cli-options.ts'
import { TlsRefused } from './frontends/tls.ts'
import {
  LogDamagedError,
  LogFailedError,
  LogFormatError,
  LogInUseError,
  LogUnavailableError,
} from './log/log-errors.ts'
import { verifyLog } from './log/verify.ts'
import { ConfigFileError } from './server/config/config-file.ts'
import { ReplayError } from './server/replay.ts'

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
  raiseCompilerLimits()
  const program = new Program(loadConfig(command), command.configFile)
  // Rejections that nobody handles come here, too.
  process.on('uncaughtException', (error) => program.crash(error))
  await program.start()
  return undefined
}

/** Errors that are the operator's to mend: told in their own words. */
const mendable = [
  ConfigFileError,
  ListenError,
  LogDamagedError,
  LogFailedError,
  LogFormatError,
  LogInUseError,
  LogUnavailableError,
  ReplayError,
  StartError,
  TlsRefused,
] as const

/** Anything else is a bug and shows its stack. */
function report(error: unknown): void {
  const isMendable = mendable.some((kind) => error instanceof kind)
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined }
  process.stderr.write(`${isMendable ? message : (stack ?? message)}\n`)
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
