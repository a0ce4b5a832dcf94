/** The life of the process: open the log, listen, replay, serve, and stop in the reverse order. */
import assert from 'node:assert'
import { existsSync, mkdirSync, writeSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
// Each command looks at the clock, and the global of this name is looked up anew each time.
import { performance } from 'node:perf_hooks'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import type { ShutdownRequest } from '../commands/server/ports.ts'
import { commandTable } from '../commands/table.ts'
import { TlsRefused } from '../frontends/tls.ts'
import type { Log, LogEvents } from '../log/log.ts'
import { MemoryLog } from '../log/memory.ts'
import { openSqliteLog } from '../log/sqlite-log.ts'
import { loadAclFile } from '../server/acl/acl-port.ts'
import { Broker } from '../server/broker.ts'
import type { Config } from '../server/config/config.ts'
import { ValueRefused } from '../server/config/kinds.ts'
import type { Settings } from '../server/config/settings.ts'
import type { ListeningFailure, ListeningMove } from '../server/host.ts'
import { keepYoungGeneration } from './collector-limits.ts'
import { EventLoop } from './event-loop.ts'
import { createHost, version } from './host.ts'
import { type HttpListener, openHttp } from './http-listener.ts'
import { ListenError, Listeners } from './listeners.ts'
import { createLogger, type Logger, pinoLevel } from './logger.ts'
import { clientsMaxOfSystem } from './open-files.ts'
import { removePidFile, writePidFile } from './pid-file.ts'
import { processTitle } from './process-title.ts'
import { reasonOf, StartError } from './start-error.ts'
import { tlsDirectives } from './tls-files.ts'

/** The levels of `redis.log` in the logger's words. */
const levels = ['trace', 'debug', 'info', 'warn'] as const

/** Replay reports its progress at most this often. */
const progressEveryMs = 1000
/** Clients that do not take their last answers are waited for no longer than this when the program stops. */
const farewellMsMax = 3000

export class Program {
  readonly #config: Config
  readonly #configFile: string | undefined
  readonly #logger: Logger
  #log!: Log
  #broker!: Broker
  #loop: EventLoop | undefined
  #listeners: Listeners | undefined
  #http: HttpListener | undefined
  #stopping: Promise<void> | undefined
  #isServing = false

  /** Throws StartError when messages can't be logged where they should. */
  constructor(config: Config, configFile: string | undefined) {
    this.#config = config
    this.#configFile = configFile
    this.#logger = createLogger(config.settings)
    config.onChange(['loglevel'], (settings) => {
      this.#logger.level = pinoLevel(settings)
    })
  }

  /** Serves until a signal or SHUTDOWN. Rejects when it can't begin, with nothing left open. */
  async start(): Promise<void> {
    const { settings } = this.#config
    this.#limitClients()
    // Before anything that takes long: until then a password of the command line is there for everybody.
    this.#setTitle(settings)
    this.#config.onChange(['proc-title-template'], (changed) => this.#setTitle(changed))
    const dataFile = this.#prepareFolder()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#onSignal(signal))
    // Redis survives the end of its terminal, and so do we.
    process.on('SIGHUP', () => {})
    this.#log = settings.appendOnly
      ? await openSqliteLog({ path: dataFile, fsync: settings.appendFsync, events: this.#logEvents() })
      : new MemoryLog({ events: this.#logEvents() })
    try {
      this.#makeBroker()
      const listeners = new Listeners(this.#broker, (message) => this.#logger.warn(message))
      this.#listeners = listeners
      process.once('exit', () => listeners.close())
      await listeners.open(settings)
      this.#followTls(listeners)
      const loop = new EventLoop(this.#broker)
      this.#loop = loop
      loop.start()
      await this.#recover(dataFile)
    } catch (error) {
      this.#listeners?.close()
      await this.#http?.frontEnd.close()
      this.#loop?.stop()
      for (const session of this.#broker?.sessions.values() ?? []) session.connection.destroy()
      await this.#log.close()
      throw error
    }
    this.#isServing = true
    keepYoungGeneration()
    this.#writePidFile()
    this.#greet(dataFile)
  }

  /** A bug: memory and log may no longer agree, so the process ends at once and the next start reads the log. */
  crash(error: unknown): never {
    const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error)
    this.#logger.fatal('A bug: the process ends at once. Please report the stack.')
    if (this.#config.settings.logFile !== '') this.#logger.fatal(stack)
    writeStderr(`${stack}\n`)
    process.exit(1)
  }

  /** Keeps `maxclients` within what the system allows: now, and when CONFIG SET changes it. */
  #limitClients(): void {
    const possible = clientsMaxOfSystem()
    const { clientsMax } = this.#config.settings
    if (clientsMax > possible) {
      this.#logger.warn(`maxclients ${clientsMax} is reduced to ${possible}: raise the limit of open files (ulimit -n)`)
      this.#config.assign('maxclients', [String(possible)])
    }
    this.#config.onChange(['maxclients'], (settings) => {
      if (settings.clientsMax <= possible) return
      throw new ValueRefused(
        `The operating system is not able to handle the specified number of clients, try with ${possible}`,
      )
    })
  }

  #setTitle(settings: Settings): void {
    if (!settings.setsTitle) return
    process.title = processTitle(settings, this.#configFile === undefined ? '' : resolve(this.#configFile))
  }

  #writePidFile(): void {
    const { pidFilePath } = this.#config.settings
    if (pidFilePath === '') return
    try {
      writePidFile(pidFilePath)
      process.once('exit', () => removePidFile(pidFilePath))
    } catch (error) {
      this.#logger.warn(`The pidfile ${pidFilePath} can't be written: ${reasonOf(error)}`)
    }
  }

  /** Makes the data folder; returns the data file's path. */
  #prepareFolder(): string {
    const { settings } = this.#config
    const folder = resolve(settings.dataFolder)
    try {
      if (settings.appendOnly) makeFolder(folder)
    } catch (error) {
      throw new StartError(
        `Can't make the data folder ${folder}: ${reasonOf(error)}. Choose another: --dir ./elsewhere`,
      )
    }
    this.#config.assign('dir', [Buffer.from(folder).toString('latin1')])
    return join(folder, settings.dataFile)
  }

  #makeBroker(): void {
    const host = createHost({
      configFile: this.#configFile,
      tcpPort: () => this.#listeners?.port ?? 0,
      shutdown: (request) => this.#onShutdown(request),
      abortShutdown: () => false,
      relisten: (settings) => this.#relisten(settings),
      busyDoor: {
        open: () => this.#listeners?.doorman.open(),
        look: () => this.#listeners?.doorman.look(),
        close: () => this.#listeners?.doorman.close(),
      },
      log: (level, text) => this.#logger[levels[level]!](text),
    })
    this.#broker = new Broker(
      commandTable,
      this.#log,
      { nowMs: Date.now, clockUs: () => performance.now() * 1000, random: Math.random, host },
      this.#config,
    )
    this.#loadUsers()
    this.#config.onChange(['appendfsync'], (settings) => this.#log.setFsync(settings.appendFsync))
  }

  /** Reads the aclfile. Throws StartError: with other users than were meant nobody is served. */
  #loadUsers(): void {
    const { aclFile } = this.#config.settings
    if (aclFile === '') return
    if (this.#config.userLines.length > 0) {
      throw new StartError('Users are defined both in the configuration file and in an aclfile: leave one of them out.')
    }
    try {
      loadAclFile(this.#broker)
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error
      throw new StartError(`The users can't be read: ${error.message.replace(/^ERR /, '')}`)
    }
  }

  async #relisten(settings: Settings): Promise<ListeningMove | ListeningFailure> {
    assert(this.#listeners !== undefined, 'whoever is asked has been listened to')
    try {
      const move = await this.#listeners.move(settings)
      this.#setTitle(settings)
      return move
    } catch (error) {
      if (!(error instanceof ListenError || error instanceof TlsRefused)) throw error
      this.#logger.warn(error.message)
      return error instanceof TlsRefused ? 'tls' : 'address'
    }
  }

  /** Follows the files of TLS and how it is to be spoken, while there is a port for it. */
  #followTls(listeners: Listeners): void {
    this.#config.onChange(tlsDirectives, (settings) => {
      try {
        listeners.renewTls(settings)
        this.#http?.renewTls(settings)
      } catch (error) {
        if (!(error instanceof TlsRefused)) throw error
        this.#logger.warn(error.message)
        throw new ValueRefused('Unable to update TLS configuration. Check server logs.')
      }
    })
  }

  #logEvents(): LogEvents {
    return {
      onDurable: (position) => this.#broker.onDurable(position),
      onRefusing: (reason) => {
        if (reason === undefined) this.#logger.warn('The log is written again: writes are accepted.')
        else this.#logger.error(`The log can't be written: ${reason}. Writes are refused until it can.`)
        this.#broker.refuseWrites(reason)
      },
      onFatal: (error) => {
        this.#logger.fatal(`The log failed and can't go on: ${error.message}`)
        process.exit(1)
      },
    }
  }

  async #recover(dataFile: string): Promise<void> {
    const startedAtMs = Date.now()
    let reportedAtMs = startedAtMs
    const { storage } = this.#broker
    const loading = storage.beginLoading(startedAtMs)
    // HTTP is loaded and opened meanwhile: nobody is served before all is open, and nothing runs before all is read.
    const opening = openHttp(this.#broker, (message) => this.#logger.warn(message))
    // It is waited for below; until then a failure is nobody's surprise.
    opening.catch(() => {})
    const summary = await this.#log.recover({
      ...loading,
      progress: (doneBytes, totalBytes) => {
        Object.assign(storage.progress, { doneBytes, totalBytes })
        if (Date.now() - reportedAtMs < progressEveryMs) return
        reportedAtMs = Date.now()
        this.#logger.info(`Loading ${dataFile}: ${Math.floor((doneBytes / Math.max(1, totalBytes)) * 100)} %`)
      },
    })
    this.#http = await opening
    storage.endLoading()
    this.#loop?.wake()
    for (const warning of summary.warnings) this.#logger.warn(warning)
    if (summary.lastPosition > 0) {
      this.#logger.info(
        `Loaded ${dataFile} in ${Date.now() - startedAtMs} ms: ${this.#broker.keyCount} keys, ${summary.records} records since the checkpoint`,
      )
    }
  }

  #greet(dataFile: string): void {
    const { settings } = this.#config
    const durability = {
      always: 'an acknowledged write is on disk (appendfsync always)',
      everysec: 'answered from memory, on disk within a second (appendfsync everysec)',
      no: 'answered from memory, on disk when the system likes (appendfsync no)',
    }[settings.appendFsync]
    this.#logger.info(`Millrace ${version}, process ${process.pid}, Node ${process.version}`)
    const addresses = [...(this.#listeners?.addresses ?? []), ...(this.#http?.addresses ?? [])]
    this.#logger.info(`Listening on ${addresses.join(' and ')}`)
    if (settings.appendOnly) {
      this.#logger.info(`Data in ${dataFile}`)
      this.#logger.info(`Durability: ${durability}`)
    } else this.#logger.info('Durability: none, nothing is kept on disk (appendonly no)')
    if (settings.port !== 0) {
      this.#logger.info(`Try: redis-cli -p ${settings.port} XADD orders '*' item book`)
    }
  }

  #onSignal(signal: string): void {
    if (this.#stopping !== undefined) {
      this.#logger.warn('You insist... exiting now.')
      process.exit(1)
    }
    if (!this.#isServing) {
      this.#logger.warn(`Received ${signal} while loading: exiting now.`)
      process.exit(0)
    }
    this.#logger.info(`Received ${signal}: stopping`)
    void this.#stop()
  }

  #onShutdown(request: ShutdownRequest): void {
    this.#logger.info(`Received SHUTDOWN${request.force ? ' FORCE' : ''}: stopping`)
    // The command that asks for it is still running: its turn ends first.
    setImmediate(() => void this.#stop(request.now ? 0 : undefined))
  }

  /** Finishes the turn, commits, answers and closes; then the process ends. What can't be written is tried again for
   *  so long, or for as long as the log sees fit. */
  #stop(retryMsMax?: number): Promise<void> {
    this.#stopping ??= this.#close(retryMsMax).then(
      () => {
        const isKept = this.#broker.config.settings.appendOnly
        this.#logger.info(isKept ? 'Stopped: everything is on disk' : 'Stopped: nothing was kept on disk')
        process.exit(0)
      },
      (error: Error) => {
        this.#logger.fatal(`Stopped with an error: ${error.message}`)
        process.exit(1)
      },
    )
    return this.#stopping
  }

  async #close(retryMsMax?: number): Promise<void> {
    this.#listeners?.close()
    await this.#http?.stop(farewellMsMax)
    for (const session of this.#broker.sessions.values()) session.connection.pause()
    this.#loop?.stop()
    try {
      await this.#broker.close(retryMsMax)
    } finally {
      // Also when the log could not be written to the end: what it had written is answered.
      await this.#farewell()
      await this.#http?.frontEnd.close()
    }
  }

  /** Sends the last answers and closes the connections. */
  async #farewell(): Promise<void> {
    const sessions = [...this.#broker.sessions.values()]
    const patience = setTimeout(() => {
      for (const session of sessions) session.connection.destroy()
    }, farewellMsMax)
    await Promise.all(sessions.map((session) => session.connection.finish()))
    clearTimeout(patience)
  }
}

/** With the folders above it. Node's own way of doing so never ends where the system says ENOENT (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
}

/** At once, since the process is about to end. */
function writeStderr(text: string): void {
  try {
    writeSync(2, text)
  } catch {
    // Nobody reads it.
  }
}
