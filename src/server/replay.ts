/** Runs a log's records through the handlers that live traffic uses: there is no second code path.
 *
 *  Time stands at each record's own time, nothing expires by the clock, nothing is logged again, and nobody is told. A
 *  record that the handlers refuse means that log and program disagree: that stops the start. */
import { Args } from '../../protocol/resp/args.ts'
import { ReplyError } from '../../protocol/resp/reply-error.ts'
import { RequestParser } from '../../protocol/resp/request-parser.ts'
import type { Keyspace } from '../keyspace/keyspace.ts'
import type { LogRecord } from '../log/log.ts'
import type { CommandIndex } from './command-index.ts'
import type { Session } from './session.ts'
import type { TurnCall } from './turn-call.ts'

/** A record that can't be run. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError'
}

export class Replay {
  readonly #index: CommandIndex
  readonly #call: TurnCall
  readonly #keyspace: Keyspace
  readonly #session: Session
  readonly #replies: { at: number }
  readonly #args = new Args()

  /** `session` is nobody's: it holds the selected database. What the handlers answer into `replies` is taken
   *  back, and only that: clients that connect meanwhile are told LOADING through the same writer. */
  constructor(index: CommandIndex, call: TurnCall, session: Session, replies: { at: number }) {
    this.#index = index
    this.#call = call
    this.#keyspace = call.keyspace
    this.#session = session
    this.#replies = replies
  }

  /** Begins: from here to `end` the keyspace is the log's. */
  begin(): void {
    this.#keyspace.expires = false
    this.#keyspace.effects.enabled = false
    this.#call.isReplay = true
    this.#call.mayBlock = false
  }

  /** `isLogged`: whether what is written from now on goes to the log. */
  end(isLogged: boolean): void {
    this.#keyspace.expires = true
    this.#keyspace.effects.enabled = isLogged
    this.#call.isReplay = false
    this.#call.mayBlock = true
    this.#keyspace.dirty = 0
  }

  /** Runs one record. Throws ReplayError. */
  run(record: LogRecord): void {
    const parser = new RequestParser({ bulkBytesMax: 2 ** 31, queryBytesMax: 2 ** 31 })
    this.#keyspace.nowMs = record.atMs
    this.#keyspace.settleSizes()
    this.#session.dbIndex = 0
    parser.feed(record.bytes)
    const args = this.#args
    while (parser.next(args)) this.#runCommand(args, record.position)
    if (parser.bufferedBytes > 0) throw new ReplayError(`record ${record.position} ends within a command`)
  }

  #runCommand(args: Args, position: number): void {
    let entry = this.#index.find(args, 0)
    let firstArgument = 1
    if (entry?.subcommands !== undefined && args.count > 1) {
      entry = entry.subcommands.find(args, 1)
      firstArgument = 2
    }
    if (entry === undefined) throw new ReplayError(`record ${position} has an unknown command '${args.text(0)}'`)
    const call = this.#call
    call.args = args
    call.client = this.#session
    call.db = this.#keyspace.databases[this.#session.dbIndex]!
    args.position = firstArgument
    const startAt = this.#replies.at
    try {
      entry.run(call)
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error
      throw new ReplayError(`record ${position}: '${entry.fullName}' was refused: ${error.message}`)
    }
    this.#replies.at = startAt
  }
}
