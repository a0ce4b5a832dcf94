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

/** Of a command's arguments so many bytes are shown, all together; each may become four. */
export const shownBytesMax = 16 * 1024 * 1024
const escapeBytesMax = 4

const backslash = 92

/** What stands behind the backslash for a byte that has a short escape. */
const escapes = new Uint8Array(256)
for (const character of ['\\', '"']) escapes[character.charCodeAt(0)] = character.charCodeAt(0)
for (const [byte, letter] of Object.entries({ 7: 'a', 8: 'b', 9: 't', 10: 'n', 13: 'r' })) {
  escapes[Number(byte)] = letter.charCodeAt(0)
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
    const { writer } = this.#post
    const start = writer.at
    raw(writer, `+${time} [${session.dbIndex} ${origin}]`)
    let left = shownBytesMax
    for (let i = 0; i < args.count; i++) {
      raw(writer, ' "')
      if (hidden.has(i)) raw(writer, '(redacted)')
      else left -= escaped(writer, args, i, left)
      raw(writer, '"')
    }
    raw(writer, '\r\n')
    for (const monitor of this.#sessions) this.#post.push(monitor, start, writer.at)
  }
}

/** Writes as much of the argument as may be shown, everything but printable ASCII escaped as in Redis. Returns how much
 *  that was. There is no text of it in between: of a large one that would be more than V8 bears. */
function escaped(writer: ReplyWriter, args: Args, i: number, bytesMax: number): number {
  const size = Math.min(args.size(i), bytesMax)
  writer.reserve(size * escapeBytesMax)
  const source = args.bytes
  const { bytes } = writer
  let { at } = writer
  const end = args.starts[i]! + size
  for (let k = args.starts[i]!; k < end; k++) {
    const byte = source[k]!
    const letter = escapes[byte]!
    if (letter === 0 && byte >= 32 && byte < 127) {
      bytes[at++] = byte
      continue
    }
    bytes[at++] = backslash
    if (letter !== 0) {
      bytes[at++] = letter
      continue
    }
    bytes[at++] = 120
    bytes[at++] = hexDigit(byte >> 4)
    bytes[at++] = hexDigit(byte & 15)
  }
  writer.at = at
  if (size < args.size(i)) raw(writer, `... (${args.size(i) - size} more bytes)`)
  return size
}

function hexDigit(value: number): number {
  return value < 10 ? 48 + value : 87 + value
}

/** Writes ASCII text as it is. */
function raw(writer: ReplyWriter, text: string): void {
  writer.reserve(text.length)
  for (let i = 0; i < text.length; i++) writer.bytes[writer.at++] = text.charCodeAt(i)
}
