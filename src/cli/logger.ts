/** The program's own log: pino, as lines for people on a terminal or in a file. */
import { pino } from 'pino'
import pretty from 'pino-pretty'
import type { Settings } from '../server/config/settings.ts'

export type Logger = pino.Logger

/** Redis' levels in pino's words. */
const levels: Readonly<Record<string, string>> = {
  debug: 'trace',
  verbose: 'debug',
  notice: 'info',
  warning: 'warn',
  nothing: 'silent',
}

export function createLogger(settings: Settings): Logger {
  const stream = pretty({
    destination: settings.logFile === '' ? 1 : settings.logFile,
    append: true,
    mkdir: false,
    sync: true,
    colorize: settings.logFile === '' && process.stdout.isTTY === true,
    translateTime: 'SYS:yyyy-mm-dd HH:MM:ss.l',
    ignore: 'pid,hostname',
    singleLine: true,
  })
  return pino({ level: pinoLevel(settings), base: null }, stream)
}

export function pinoLevel(settings: Settings): string {
  return levels[settings.logLevel] ?? 'info'
}
