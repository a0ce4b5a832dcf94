/** A script that runs longer than `busy-reply-threshold`: from then on others are told that the server is busy, and heard
 *  when they ask for the script's end.
 *
 *  Nothing else happens while a script runs: the event loop waits for it too. So the script's own interruptions are used
 *  to read what other connections have sent, where the transport can do that at once (`Connection.readNow`), and to let
 *  in who connects (`BusyDoor`). What is run
 *  for them is only what `refusal` lets through meanwhile; the state of the keys, half-way through a script, is neither
 *  shown nor changed. A client whose earlier answers are still held back is not read: its answers stay in order. */
import { Args } from '../../protocol/resp/args.ts'
import { ProtocolError } from '../../protocol/resp/reply-error.ts'
import { QueryBufferError } from '../../protocol/resp/request-parser.ts'
import { busy } from '../broker/scripting-errors.ts'
import type { Broker } from './broker.ts'
import type { BusyDoor } from './host.ts'
import { serverFlag } from './server-state.ts'
import { readNowBytes, type Session, special } from './session.ts'

/** Between two looks at the connections the script has the processor for so long. */
const lookEveryUs = 5000
/** How many connections one look reads from at most; the next goes on behind them. */
const sessionsPerLook = 200
/** Whoever leaves so many bytes of answers unread is not heard any more. */
const unreadBytesMax = 64 * 1024

/** What a session is in that leaves it unread: it runs nothing, or what it hears might get into the midst of answers. */
const unread = special.closing | special.blocked | special.monitor | special.tracking

export class BusyScript {
  readonly #broker: Broker
  readonly #door: BusyDoor | undefined
  readonly #buffer = new Uint8Array(readNowBytes)
  #lookedAtUs = 0
  /** The session that the last look ended at. */
  #lastId = 0

  constructor(broker: Broker, door: BusyDoor | undefined) {
    this.#broker = broker
    this.#door = door
  }

  /** Called now and then while a script runs that `runner` asked for, that began at `startedUs`, and that the command
   *  `endedBy` ends. */
  look(runner: Session, startedUs: number, endedBy: string): void {
    const { state, config } = this.#broker
    const nowUs = state.clockUs()
    if (nowUs - startedUs < config.settings.busyReplyThresholdMs * 1000 || nowUs - this.#lookedAtUs < lookEveryUs)
      return
    if (!state.has(serverFlag.busy)) this.#door?.open()
    state.set(serverFlag.busy, true)
    state.busyText = busy(endedBy)
    this.#broker.answerEarly(runner)
    this.#door?.look()
    this.#serve(runner)
    this.#lookedAtUs = state.clockUs()
  }

  /** The script has ended. */
  end(): void {
    const { state } = this.#broker
    if (!state.has(serverFlag.busy)) return
    state.set(serverFlag.busy, false)
    this.#door?.close()
  }

  #serve(runner: Session): void {
    const { sessions } = this.#broker
    let left = sessionsPerLook
    let isBehindLast = !sessions.has(this.#lastId)
    // Ids only grow, so the map's order is that of the ids.
    for (const session of [...sessions.values()]) {
      if (isBehindLast && session !== runner && left-- > 0) {
        this.#lastId = session.id
        this.#read(session)
      } else if (session.id === this.#lastId) isBehindLast = true
    }
    if (left > 0) this.#lastId = 0
  }

  #read(session: Session): void {
    const { connection } = session
    const canAnswer = session.heldSegments === 0 && session.lastSegment < 0 && connection.pendingBytes <= unreadBytesMax
    if (connection.readNow === undefined || !canAnswer) return
    if (session.has(unread) || session.postponed !== undefined) return
    for (;;) {
      const bytes = connection.readNow(this.#buffer)
      if (bytes.length === 0) return
      this.#run(session, bytes)
      if (session.has(special.closing)) return
    }
  }

  #run(session: Session, chunk: Uint8Array): void {
    const { dispatcher } = this.#broker
    const args = new Args()
    const answers = dispatcher.aside(session, () => {
      try {
        session.parser.feed(chunk)
        while (!session.has(special.closing | special.blocked) && session.parser.next(args)) {
          dispatcher.execute(session, args)
        }
      } catch (error) {
        if (error instanceof QueryBufferError) {
          this.#broker.clients.journal.limited(session, 'client-query-buffer-limit')
          return session.connection.destroy()
        }
        if (!(error instanceof ProtocolError)) throw error
        this.#broker.clients.refuseMalformed(session, error)
      }
    })
    session.parser.suspend()
    if (answers.length > 0) session.connection.write(Buffer.from(answers.buffer, answers.byteOffset, answers.length))
  }
}
