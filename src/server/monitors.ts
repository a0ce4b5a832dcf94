/** MONITOR: clients that see every command, in Redis' format, with passwords hidden. */
import type { Args } from '../../protocol/resp/args.ts'
import type { ReplyWriter } from '../../protocol/resp/reply-writer.ts'
import type { IndexedCommand } from './command-index.ts'
import { redactedArguments } from './redaction.ts'
import { type ServerState, serverFlag } from './server-state.ts'
import { type Session, special } from './session.ts'

/** Where lines are written and handed over: as for published messages. */
export interface MonitorPost {
  readonly writer: ReplyWriter
  push(session: Session, start: number, end: number): void
}

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '"': '\\"',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
}

export class Monitors {
  readonly #sessions = new Set<Session>()
  readonly #post: MonitorPost
  readonly #state: ServerState
  readonly #nowMs: () => number
  /** What makes microseconds since 1970 of the steady clock's. */
  #epochUs = 0

  /** `nowMs` is the wall clock. */
  constructor(post: MonitorPost, state: ServerState, nowMs: () => number) {
    this.#post = post
    this.#state = state
    this.#nowMs = nowMs
    state.onMonitored = (session, entry, args) => this.#show(session, entry, args)
  }

  /** False when the session sees everything already. */
  add(session: Session): boolean {
    if (this.#sessions.has(session)) return false
    this.#epochUs = this.#nowMs() * 1000 - this.#state.clockUs()
    this.#sessions.add(session)
    session.set(special.monitor, true)
    this.#state.set(serverFlag.monitored, true)
    return true
  }

  remove(session: Session): void {
    if (!this.#sessions.delete(session)) return
    session.set(special.monitor, false)
    this.#state.set(serverFlag.monitored, this.#sessions.size > 0)
  }

  #show(session: Session, entry: IndexedCommand, args: Args): void {
    const us = Math.floor(this.#epochUs + this.#state.clockUs())
    const time = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, '0')}`
    const hidden = redactedArguments(entry, args)
    const origin = this.#state.isInScript ? 'lua' : session.connection.remoteAddress
    let line = `${time} [${session.dbIndex} ${origin}]`
    for (let i = 0; i < args.count; i++) line += ` "${hidden.has(i) ? '(redacted)' : escaped(args.text(i))}"`
    const { writer } = this.#post
    const start = writer.at
    writer.simple(line)
    for (const monitor of this.#sessions) this.#post.push(monitor, start, writer.at)
  }
}

/** Latin-1 text with everything but printable ASCII escaped as in Redis. */
function escaped(text: string): string {
  return text.replace(
    /[^ -~]|["\\]/g,
    (character) => escapes[character] ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
