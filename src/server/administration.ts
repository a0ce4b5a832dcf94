/** The server's view of itself: what it counts, how it is slow, what it is configured to do, and what it may ask of the
 *  process it runs in. Commands of the server family reach it by `call.server`. */

import { ReplyError } from '../../protocol/resp/reply-error.ts'
import type { Call } from '../commands/call.ts'
import type {
  ConfigServer,
  MemoryFacts,
  ProcessServer,
  ServerFamily,
  ShutdownRequest,
} from '../commands/server/ports.ts'
import type { Server } from '../commands/server.ts'
import { configUserLine } from './acl/acl-file.ts'
import type { Broker } from './broker.ts'
import { clientBytes } from './client-memory.ts'
import { type CommandIndex, everyCommand } from './command-index.ts'
import { rewriteConfigFile } from './config/rewrite.ts'
import { FileRefused, type Host, logLevel } from './host.ts'
import { infoText } from './info.ts'
import { Latency } from './latency.ts'
import { ListeningChanges } from './listening-changes.ts'
import { Persistence } from './persistence.ts'
import { Scripting } from './scripting.ts'
import { serverFlag } from './server-state.ts'
import type { Session } from './session.ts'
import { Statistics } from './statistics.ts'
import type { Surroundings } from './surroundings.ts'

/** How often the memory is looked at for its peak. */
const memorySampleMs = 1000

export class Administration implements ConfigServer, ProcessServer {
  readonly broker: Broker
  readonly commands: CommandIndex
  readonly host: Host
  readonly statistics = new Statistics()
  readonly latency: Latency
  readonly persistence: Persistence
  readonly scripting: Scripting
  readonly startedAtMs: number
  /** Names this run of the server: 40 hexadecimal digits. */
  readonly runId: string
  readonly #listening: ListeningChanges
  #memorySampledAtMs = 0

  constructor(broker: Broker, commands: CommandIndex, surroundings: Surroundings) {
    this.broker = broker
    this.commands = commands
    this.host = surroundings.host
    this.#listening = new ListeningChanges(broker, this.host.relisten)
    this.startedAtMs = surroundings.nowMs()
    this.latency = new Latency(broker.config, commands, surroundings.nowMs)
    this.scripting = new Scripting(broker, this.host)
    this.persistence = new Persistence(broker, this.startedAtMs)
    this.runId = Array.from({ length: 40 }, () => Math.floor(surroundings.random() * 16).toString(16)).join('')
    broker.outbox.replies.onError = (message) => this.statistics.countError(message)
  }

  /** The parts of `Server` that belong to the family. */
  get parts(): ServerFamily & Pick<Server, 'scripts' | 'functions'> {
    return {
      scripts: this.scripting,
      functions: this.scripting.functions,
      commands: this.commands,
      config: this,
      slowlog: this.latency.slowlog,
      latency: this.latency,
      persistence: this.persistence,
      process: this,
    }
  }

  /** What is to be done ten times a second: sampling, and checkpoints that were put off. */
  cron(nowMs: number): void {
    const { statistics } = this
    statistics.commandRate.sample(this.totalCommands, nowMs)
    statistics.inputRate.sample(statistics.inputBytes, nowMs)
    statistics.outputRate.sample(this.broker.outbox.writtenBytes, nowMs)
    if (nowMs - this.#memorySampledAtMs >= memorySampleMs) {
      this.#memorySampledAtMs = nowMs
      statistics.memoryPeakBytes = Math.max(statistics.memoryPeakBytes, this.#usedBytes())
    }
    this.persistence.startScheduled()
  }

  /** Calls of all commands, those inside transactions included. */
  get totalCommands(): number {
    let total = 0
    for (const each of everyCommand(this.commands)) total += each.calls
    return total
  }

  // ConfigServer.

  matching(patterns: readonly string[]): [name: string, value: string][] {
    return this.broker.config.getMatching(patterns)
  }

  set(words: readonly string[], call: Call): void {
    const loading = this.broker.state.has(serverFlag.loading)
    const context = { loading, localClient: (call.client as Session).isLocal }
    const taken = this.#listening.take(words, context, call)
    if (taken === true) return
    const refusal = taken === false ? this.broker.config.set(words, context) : taken
    if (refusal !== undefined) throw new ReplyError(refusal)
    call.reply.ok()
  }

  rewrite(): string | undefined {
    if (this.host.facts().configFile === '') return 'ERR The server is running without a config file'
    try {
      this.host.rewriteConfigFile((oldText) => rewriteConfigFile(oldText, this.broker.config, this.#userLines()))
      return undefined
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error
      return `ERR Rewriting config file: ${error.message}`
    }
  }

  resetStatistics(): void {
    for (const each of everyCommand(this.commands)) {
      each.calls = 0
      each.usec = 0
      each.failed = 0
      each.rejected = 0
      each.latency = undefined
    }
    this.statistics.reset()
    const { clientEviction, eviction, keyspace, outbox } = this.broker
    keyspace.hits = 0
    keyspace.misses = 0
    keyspace.expiredKeys = 0
    keyspace.expiredFields = 0
    keyspace.evictedKeys = 0
    eviction.resetStatistics()
    clientEviction.evictedCount = 0
    outbox.writtenBytes = 0
    outbox.writes = 0
    this.statistics.memoryPeakBytes = this.#usedBytes()
  }

  /** The lines of all users; none when they are in a file of their own. */
  #userLines(): string[] {
    const { acl, config } = this.broker
    return config.settings.aclFile === '' ? acl.users.all.map(configUserLine) : []
  }

  // ProcessServer.

  get millraceVersion(): string {
    return this.host.facts().millraceVersion
  }

  get activeExpiry(): boolean {
    return this.broker.state.activeExpiry
  }

  set activeExpiry(isActive: boolean) {
    this.broker.state.activeExpiry = isActive
  }

  info(sections: readonly string[]): string {
    return infoText(this, sections)
  }

  memory(): MemoryFacts {
    const facts = this.host.facts()
    const { emptyBytes, databases } = this.broker.keyspace
    const usedBytes = this.#usedBytes()
    this.statistics.memoryPeakBytes = Math.max(this.statistics.memoryPeakBytes, usedBytes)
    return {
      usedBytes,
      peakBytes: this.statistics.memoryPeakBytes,
      startupBytes: emptyBytes,
      overheadBytes: databases.reduce((sum, { memory }) => sum + memory.tableBytes + memory.expiryBytes, emptyBytes),
      processBytes: facts.heapBytes + facts.arrayBufferBytes,
      residentBytes: facts.residentBytes,
      heapBytes: facts.heapBytes,
      clientBytes: [...this.broker.sessions.values()].reduce((sum, session) => sum + clientBytes(session), 0),
      keyCount: databases.reduce((sum, db) => sum + db.size, 0),
    }
  }

  sleep(ms: number): void {
    this.host.sleep(ms)
    // The turn's time stood still while its caller expected it to pass.
    this.broker.keyspace.nowMs = this.broker.clockMs()
  }

  mayShutDown({ save, force }: ShutdownRequest): boolean {
    const { state } = this.broker
    if (force || save === 'nosave' || !state.has(serverFlag.refusing)) return true
    const reason = `The log can't be written: ${state.refusalReason}`
    this.host.log(
      logLevel.warning,
      `${reason}. SHUTDOWN is refused; with NOSAVE or FORCE it gives up what is not on disk.`,
    )
    return false
  }

  shutdown(request: ShutdownRequest): void {
    this.host.shutdown(request)
  }

  abortShutdown(): boolean {
    return this.host.abortShutdown()
  }

  /** What counts against `maxmemory`. */
  #usedBytes(): number {
    return this.broker.keyspace.dataBytes + this.broker.keyspace.emptyBytes
  }
}
