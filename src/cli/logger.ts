/** The program's own log: pino, as lines for people on a terminal or in a file.
 *
 *  A message that can't be written (the reader of a pipe is gone or does not read, the disk is full) is lost, and the
 *  broker goes on: what it tells about itself must never stop or delay its work. */
import { openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import { isatty } from 'node:tty'
import { pino } from 'pino'
import { prettyFactory } from 'pino-pretty'
import type { Settings } from '../server/config/settings.ts'
import { reasonOf, StartError } from './start-error.ts'

export type Logger = pino.Logger

/** Redis' levels in pino's words. */
const levels: Readonly<Record<string, string>> = {
  debug: 'trace',
  verbose: 'debug',
  notice: 'info',
  warning: 'warn',
}

const stdout = 1

/** Throws StartError when the file can't be opened. */
export function createLogger(settings: Settings): Logger {
  const file = settings.logFile === '' ? stdout : openLogFile(settings.logFile)
  const lineOf = prettyFactory({
    colorize: file === stdout && isatty(stdout),
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    ignore: 'pid,hostname',
    singleLine: true,
  })
  return pino({ level: pinoLevel(settings), base: null }, { write: (json: string) => writeOrLose(file, lineOf(json)) })
}

export function pinoLevel(settings: Settings): string {
  return levels[settings.logLevel] ?? 'info'
}

function openLogFile(path: string): number {
  try {
    return openSync(path, 'a')
  } catch (error) {
    throw new StartError(`Can't open the log file ${resolve(path)}: ${reasonOf(error)}. Choose another: --logfile FILE`)
  }
}

function writeOrLose(file: number, line: string): void {
  try {
    for (let rest = Buffer.from(line); rest.length > 0; ) rest = rest.subarray(writeSync(file, rest))
  } catch {
    // Lost, as promised above.
  }
}
