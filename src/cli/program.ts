/** The life of the process: open the log, listen, replay, serve, and stop in the reverse order. */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { commandTable } from '../commands/table.ts'
import type { Log, LogEvents } from '../log/log.ts'
import { MemoryLog } from '../log/memory.ts'
import { openSqliteLog } from '../log/sqlite-log.ts'
import { Broker } from '../server/broker.ts'
import type { Config } from '../server/config/config.ts'
import type { ShutdownRequest } from '../server/host.ts'
import { reasonOf } from './config-files.ts'
import { EventLoop } from './event-loop.ts'
import { createHost, version } from './host.ts'
import { Listeners } from './listeners.ts'
import { createLogger, type Logger, pinoLevel } from './logger.ts'

/** Replay reports its progress at most this often. */
const progressEveryMs = 1000

export class Program {
  readonly #config: Config
  readonly #configFile: string | undefined
  readonly #logger: Logger
  #log!: Log
  #broker!: Broker
  #loop: EventLoop | undefined
  #listeners: Listeners | undefined
  #stopping: Promise<void> | undefined

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
    const dataFile = this.#prepareFolder()
    this.#log = settings.appendOnly
      ? await openSqliteLog({ path: dataFile, fsync: settings.appendFsync, events: this.#logEvents() })
      : new MemoryLog({ events: this.#logEvents() })
    try {
      this.#makeBroker()
      const listeners = new Listeners(this.#broker)
      this.#listeners = listeners
      await listeners.open(settings)
      const loop = new EventLoop(this.#broker)
      this.#loop = loop
      loop.start()
      await this.#recover(dataFile)
    } catch (error) {
      await this.#listeners?.close()
      this.#loop?.stop()
      for (const session of this.#broker?.sessions.values() ?? []) session.connection.destroy()
      await this.#log.close()
      throw error
    }
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#onSignal(signal))
    this.#greet(dataFile)
  }

  /** Makes the data folder; returns the data file's path. */
  #prepareFolder(): string {
    const { settings } = this.#config
    const folder = resolve(settings.dataFolder)
    try {
      if (settings.appendOnly) mkdirSync(folder, { recursive: true })
    } catch (error) {
      throw new Error(`Can't make the data folder ${folder}: ${reasonOf(error)}. Choose another: --dir ./elsewhere`)
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
    })
    this.#broker = new Broker(
      commandTable,
      this.#log,
      { nowMs: Date.now, clockUs: () => performance.now() * 1000, random: Math.random, host },
      this.#config,
    )
    this.#config.onChange(['appendfsync'], (settings) => this.#log.setFsync(settings.appendFsync))
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
    const summary = await this.#log.recover({
      ...loading,
      progress: (doneBytes, totalBytes) => {
        Object.assign(storage.progress, { doneBytes, totalBytes })
        if (Date.now() - reportedAtMs < progressEveryMs) return
        reportedAtMs = Date.now()
        this.#logger.info(`Loading ${dataFile}: ${Math.floor((doneBytes / Math.max(1, totalBytes)) * 100)} %`)
      },
    })
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
      everysec: 'written at once, on disk within a second (appendfsync everysec)',
      no: 'written at once, on disk when the system likes (appendfsync no)',
    }[settings.appendFsync]
    this.#logger.info(`Millrace ${version}, process ${process.pid}, Node ${process.version}`)
    this.#logger.info(`Listening on ${(this.#listeners?.addresses ?? []).join(' and ')}`)
    if (settings.appendOnly) {
      this.#logger.info(`Data in ${dataFile}`)
      this.#logger.info(`Durability: ${durability}`)
    } else this.#logger.info('Durability: none, nothing is kept on disk (appendonly no)')
    if (settings.port !== 0) {
      this.#logger.info(`Try: redis-cli -p ${settings.port} XADD orders '*' item book`)
    }
  }

  #onSignal(signal: string): void {
    this.#logger.info(`Received ${signal}: stopping`)
    void this.#stop()
  }

  #onShutdown(request: ShutdownRequest): void {
    this.#logger.info(`Received SHUTDOWN${request.force ? ' FORCE' : ''}: stopping`)
    void this.#stop()
  }

  /** Finishes the turn, commits, answers and closes; then the process ends. */
  #stop(): Promise<void> {
    this.#stopping ??= this.#close().then(
      () => {
        this.#logger.info('Stopped: everything is on disk')
        process.exit(0)
      },
      (error: Error) => {
        this.#logger.fatal(`Stopped with an error: ${error.message}`)
        process.exit(1)
      },
    )
    return this.#stopping
  }

  async #close(): Promise<void> {
    await this.#listeners?.close()
    for (const session of this.#broker.sessions.values()) session.connection.pause()
    this.#loop?.stop()
    await this.#broker.close()
    await Promise.all([...this.#broker.sessions.values()].map((session) => session.connection.finish()))
    await this.#log.close()
  }
}
