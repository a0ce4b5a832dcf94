/** Connections as commands reach them: who there is, passwords, how answers go out, and the end of others. */
import type { ProtocolError } from '../../protocol/resp/reply-error.ts'
import type { Call } from '../commands/call.ts'
import type { ClientFilter, ClientServer } from '../commands/connection/client-server.ts'
import type { Broker } from './broker.ts'
import { ClientJournal, type ClientLimit } from './client-journal.ts'
import { clientLine } from './clients-line.ts'
import { logLevel } from './host.ts'
import { type Session, special } from './session.ts'

/** Between two warnings of HTTP on a port for RESP. */
const forgeryPauseMs = 60_000

const unblockedText = 'UNBLOCKED client unblocked via CLIENT UNBLOCK'

export class Clients implements ClientServer {
  readonly journal: ClientJournal
  readonly #broker: Broker
  #forgeryToldAtMs = Number.NEGATIVE_INFINITY

  constructor(broker: Broker) {
    this.#broker = broker
    this.journal = new ClientJournal(broker)
    broker.state.onForgery = (session) => this.#killForger(session)
  }

  get needsPassword(): boolean {
    return !this.#broker.acl.users.default.noPassword
  }

  isAuthenticated(client: Session): boolean {
    return !client.has(special.unauthenticated)
  }

  authenticate(call: Call, name: string, password: Uint8Array): boolean {
    const { acl } = this.#broker
    const session = call.client as Session
    if (acl.authenticate(session, name, password)) return true
    // Within MULTI the command runs at EXEC.
    const context = call.mayBlock ? 'toplevel' : 'multi'
    acl.note(session, { reason: 'auth', context, object: call.args.text(0), username: name })
    return false
  }

  setProtocol(client: Session, protocol: number): void {
    client.protocol = protocol
    this.#broker.outbox.replies.protocol = protocol
  }

  setLibrary(client: Session, part: 'name' | 'version', text: string): void {
    if (part === 'name') client.libraryName = text
    else client.libraryVersion = text
  }

  setReplies(client: Session, mode: 'on' | 'off' | 'skip'): void {
    if (mode === 'off') client.set(special.replyOff, true)
    else if (mode === 'on') client.set(special.replyOff | special.replySkip, false)
    else if (!client.has(special.replyOff)) client.set(special.replySkipNext, true)
  }

  setEvictionExempt(client: Session, on: boolean): void {
    client.isEvictionExempt = on
  }

  setTouchSuppressed(client: Session, on: boolean): void {
    client.isTouchSuppressed = on
    this.#broker.keyspace.accessRules.isSuppressed = on
  }

  reset(client: Session): void {
    this.#broker.monitors.remove(client)
    this.#broker.tracking.stop(client)
    this.setProtocol(client, 2)
    // A SKIP before it silences RESET itself, as any command.
    client.set(special.replyOff | special.replySkipNext, false)
    client.name = ''
    this.setTouchSuppressed(client, false)
    this.#broker.acl.greet(client)
  }

  /** Ends a connection whose request can't be read. CLIENT REPLY may have silenced the reason, too. */
  refuseMalformed(client: Session, error: ProtocolError): void {
    if (!client.takeSilence()) this.#broker.outbox.replies.error(`ERR ${error.message}`)
    this.#broker.closeAfterReply(client)
  }

  closeAfterReply(client: Session): void {
    this.#broker.closeAfterReply(client)
  }

  describe(client: Session): string {
    return clientLine(client, this.#broker.keyspace.nowMs)
  }

  matching(filter: ClientFilter): Session[] {
    return [...this.#broker.sessions.values()].filter((session) => fits(session, filter))
  }

  byId(id: number): Session | undefined {
    return this.#broker.sessions.get(id)
  }

  /** Closes a connection because of a limit. */
  cut(client: Session, limit: ClientLimit): void {
    this.journal.limited(client, limit)
    this.kill(client)
  }

  kill(client: Session): void {
    client.connection.destroy()
    this.#broker.disconnect(client)
  }

  /** Closes the connection of somebody who speaks HTTP, with all that it was answered, and warns of it now and then. */
  #killForger(client: Session): void {
    const { administration, keyspace } = this.#broker
    if (keyspace.nowMs - this.#forgeryToldAtMs >= forgeryPauseMs) {
      this.#forgeryToldAtMs = keyspace.nowMs
      administration.host.log(
        logLevel.warning,
        `Closed ${client.connection.remoteAddress}, which sends HTTP to the port for RESP: a web page may be trying to have a browser send commands`,
      )
    }
    this.kill(client)
  }

  unblock(id: number, withError: boolean): boolean {
    const session = this.#broker.sessions.get(id)
    if (session?.waiter === undefined) return false
    const { wait } = session.waiter
    const { keyspace, outbox, state, waiters } = this.#broker
    waiters.remove(session.waiter)
    keyspace.hasWaiters = waiters.count > 0
    session.set(special.blocked, false)
    // The answer goes the way of pushes, because another session is being answered now.
    const { pushes } = outbox
    const start = pushes.at
    pushes.protocol = session.protocol
    if (withError) {
      pushes.error(unblockedText)
      outbox.replies.onError(unblockedText)
      session.lastEntry!.failed++
    } else wait.timeOut(pushes)
    if (session.takeSilence()) pushes.at = start
    outbox.push(session, start, pushes.at)
    state.onUnblocked(session)
    return true
  }

  pause(untilMs: number, scope: 'write' | 'all'): void {
    this.#broker.pause.begin(untilMs, scope === 'all')
  }

  unpause(): void {
    this.#broker.pause.end()
  }

  monitor(client: Session): boolean {
    return this.#broker.monitors.add(client)
  }
}

function fits(session: Session, filter: ClientFilter): boolean {
  const { connection } = session
  if (filter.id !== undefined && session.id !== filter.id) return false
  if (filter.type !== undefined && filter.type !== typeOf(session)) return false
  if (filter.address !== undefined && connection.remoteAddress !== filter.address) return false
  if (filter.localAddress !== undefined && connection.localAddress !== filter.localAddress) return false
  if (filter.user !== undefined && session.user?.name !== filter.user) return false
  return session !== filter.except
}

/** The class of a client, for CLIENT LIST and for its output limits. */
export function typeOf(session: Session): 'normal' | 'pubsub' {
  return session.has(special.subscribed) ? 'pubsub' : 'normal'
}
