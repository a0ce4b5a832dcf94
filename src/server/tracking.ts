/** CLIENT TRACKING: clients that keep what they read are told when it changes (Redis 7.0, `tracking.c`).
 *
 *  In the default mode the server remembers which keys a client read, and forgets a key when it has told of its change.
 *  With BCAST it remembers nothing: a client hears of every key with one of its prefixes, all of a turn's in one message.
 *  Keys count without their database. A client hears by RESP3 pushes; one that speaks RESP2 lets another connection hear
 *  for it, which subscribed to something (REDIRECT).
 *
 *  A client is told of its own changes behind its command's answer, or its transaction's, others at once. All wait for
 *  the record of the turn, as keyspace events do. */
import type { Args } from '../../protocol/resp/args.ts'
import type { TrackingInfo, TrackingOptions, TrackingServer } from '../commands/connection/client-server.ts'
import { trackedKeyIndexes } from '../commands/key-indexes.ts'
import { bytesOfKeyText, compareKeyTexts, keyText } from '../lib/key-text.ts'
import type { Broker } from './broker.ts'
import type { IndexedCommand } from './command-index.ts'
import type { ServerState } from './server-state.ts'
import { type Session, special } from './session.ts'

/** What a session wants to hear. */
export interface TrackedSession extends TrackingOptions {
  /** CLIENT CACHING was said: the next command is an exception. */
  isCaching: boolean
  /** Who is to hear could not be found. */
  isBroken: boolean
}

/** A prefix that somebody hears by BCAST, and what was changed under it in this turn. */
interface Broadcast {
  readonly listeners: Set<Session>
  /** By key, who changed it last; nobody for what expired. */
  readonly changes: Map<string, Session | undefined>
}

const channel = '__redis__:invalidate'

export class Tracking implements TrackingServer {
  readonly #broker: Broker
  /** By key, the ids of those who read it. They may be gone by now, or track no more. */
  readonly #readers = new Map<string, Set<number>>()
  #readerCount = 0
  readonly #broadcasts = new Map<string, Broadcast>()
  readonly #sessions = new Set<Session>()
  #hasChanges = false

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** Lets the dispatcher tell of what those who track do. */
  follow(state: ServerState): void {
    state.onRead = (session, entry, args) => this.#noteRead(session, entry, args)
    state.onTrackedEnd = (session, entry) => this.#commandEnded(session, entry)
  }

  get clientCount(): number {
    return this.#sessions.size
  }

  get keyCount(): number {
    return this.#readers.size
  }

  /** How many pairs of key and reader there are. */
  get itemCount(): number {
    return this.#readerCount
  }

  get prefixCount(): number {
    return this.#broadcasts.size
  }

  /** Whether a change may be of interest to anybody. */
  get isActive(): boolean {
    return this.#sessions.size > 0 || this.#readers.size > 0
  }

  /** Notes whether the keyspace has to tell of changes, for WATCH or for those who track. */
  noteWatchers(): void {
    this.#broker.keyspace.isWatched = !this.#broker.watches.isEmpty || this.isActive
  }

  // What clients say.

  start(client: Session, options: TrackingOptions): void {
    const prefixes = new Set(client.tracked?.isBroadcast ? client.tracked.prefixes : [])
    if (options.isBroadcast) {
      for (const prefix of options.prefixes.size === 0 ? [''] : options.prefixes) prefixes.add(prefix)
    }
    for (const prefix of prefixes) this.#broadcast(prefix).listeners.add(client)
    client.tracked = { ...options, prefixes, isCaching: false, isBroken: false }
    client.set(special.tracking, true)
    this.#sessions.add(client)
    this.noteWatchers()
  }

  stop(client: Session): void {
    if (client.tracked === undefined) return
    for (const prefix of client.tracked.prefixes) {
      const broadcast = this.#broadcast(prefix)
      broadcast.listeners.delete(client)
      if (broadcast.listeners.size === 0) this.#broadcasts.delete(prefix)
    }
    client.tracked = undefined
    client.set(special.tracking, false)
    this.#sessions.delete(client)
    this.noteWatchers()
  }

  /** The session is gone. When nobody is left who tracks, what was remembered for others is forgotten. */
  forget(session: Session): void {
    this.stop(session)
    if (this.#sessions.size === 0) {
      this.#readers.clear()
      this.#readerCount = 0
    }
    this.noteWatchers()
  }

  info(client: Session): TrackingInfo | undefined {
    return client.tracked
  }

  expectCaching(client: Session): void {
    if (client.tracked !== undefined) client.tracked.isCaching = true
  }

  // What the dispatcher says.

  /** A reading command has run: its keys are remembered, unless the session wants it otherwise. If a script ran it, those
   *  are remembered that the script was given: so EVAL_RO counts by what it runs, not as a command that reads. */
  #noteRead(session: Session, own: IndexedCommand, ownArgs: Args): void {
    const { tracked } = session
    if (tracked === undefined || tracked.isBroadcast || own.command.group === 'scripting') return
    if (tracked.mode === 'optin' && !tracked.isCaching) return
    if (tracked.mode === 'optout' && tracked.isCaching) return
    const args = this.#broker.administration.scripting.requestOf(session) ?? ownArgs
    const { command } = args === ownArgs ? own : this.#broker.dispatcher.index.find(args, 0)!
    for (const i of trackedKeyIndexes(command, args)) {
      const name = keyText(args.bytes, args.starts[i]!, args.ends[i]!)
      let readers = this.#readers.get(name)
      if (readers === undefined) {
        readers = new Set()
        this.#readers.set(name, readers)
      }
      if (readers.has(session.id)) continue
      readers.add(session.id)
      this.#readerCount++
    }
    this.limitKeys()
    this.noteWatchers()
  }

  /** A command of the session has ended: an exception was for this one. */
  #commandEnded(session: Session, entry: IndexedCommand | undefined): void {
    if (session.tracked?.isCaching !== true || session.transaction !== undefined) return
    if (entry === undefined || !entry.fullName.startsWith('client|')) session.tracked.isCaching = false
  }

  // What happens to keys.

  changed(keys: Args, i: number): void {
    if (!this.isActive) return
    const { state, dispatcher } = this.#broker
    const name = keyText(keys.bytes, keys.starts[i]!, keys.ends[i]!)
    for (const [prefix, { changes }] of this.#broadcasts) {
      if (!begins(keys, i, prefix)) continue
      // As in Redis, what a script changes is nobody's own: the script's client is told, too.
      changes.set(name, state.isInScript ? undefined : dispatcher.running)
      this.#hasChanges = true
    }
    if (this.#readers.has(name)) this.#invalidate(name, dispatcher.running)
  }

  /** All keys of one database or of all were deleted: everybody who tracks is told so once. */
  flushed(): void {
    if (!this.isActive) return
    for (const session of this.#broker.sessions.values())
      if (session.tracked !== undefined) this.#tell(session, undefined)
    this.#readers.clear()
    this.#readerCount = 0
    this.noteWatchers()
  }

  /** Forgets keys by chance, as if they had changed, while there are more than `tracking-table-max-keys`. */
  limitKeys(): void {
    const keysMax = this.#broker.config.settings.trackedKeysMax
    if (keysMax === 0) return
    // A map gives its oldest key first: not by chance, but nobody promised which keys go.
    while (this.#readers.size > keysMax) this.#invalidate(this.#readers.keys().next().value!, undefined)
  }

  /** The turn ends: what was changed in it is told to those who hear by BCAST. */
  endTurn(): void {
    if (!this.#hasChanges) return
    this.#hasChanges = false
    for (const prefix of [...this.#broadcasts.keys()].sort()) {
      const { listeners, changes } = this.#broadcasts.get(prefix)!
      if (changes.size === 0) continue
      const names = [...changes.keys()].sort(compareKeyTexts)
      for (const session of listeners) {
        const told = session.tracked?.isLoopless ? names.filter((name) => changes.get(name) !== session) : names
        if (told.length > 0) this.#tell(session, told)
      }
      changes.clear()
    }
  }

  #broadcast(prefix: string): Broadcast {
    const known = this.#broadcasts.get(prefix)
    if (known !== undefined) return known
    const broadcast: Broadcast = { listeners: new Set(), changes: new Map() }
    this.#broadcasts.set(prefix, broadcast)
    return broadcast
  }

  /** Tells the key's readers and forgets it. Whoever changed it is not told if it asked for that. */
  #invalidate(name: string, changer: Session | undefined): void {
    const readers = this.#readers.get(name)!
    this.#readers.delete(name)
    this.#readerCount -= readers.size
    for (const id of [...readers].sort((a, b) => a - b)) {
      const session = this.#broker.sessions.get(id)
      const tracked = session?.tracked
      if (session === undefined || tracked === undefined || tracked.isBroadcast) continue
      if (!(tracked.isLoopless && session === changer)) this.#tell(session, [name])
    }
    if (this.#readers.size === 0) this.noteWatchers()
  }

  /** Who is there to hear; one that is being closed hears nothing any more. */
  #hearer(id: number): Session | undefined {
    const session = this.#broker.sessions.get(id)
    return session?.has(special.closing) ? undefined : session
  }

  /** Sends names of keys, or with undefined that all are gone, to whoever hears for the session. */
  #tell(session: Session, names: readonly string[] | undefined): void {
    const { pushes } = this.#broker.outbox
    const tracked = session.tracked!
    const { redirectId } = tracked
    const target = redirectId === 0 ? session : this.#hearer(redirectId)
    const start = pushes.at
    if (target === undefined) {
      tracked.isBroken = true
      if (session.protocol < 3) return
      pushes.protocol = 3
      pushes.push(2)
      pushes.text('tracking-redir-broken')
      pushes.integer(redirectId)
      return this.#send(session, session, start)
    }
    pushes.protocol = target.protocol
    if (target.protocol > 2) {
      pushes.push(2)
      pushes.text('invalidate')
    } else if (redirectId !== 0 && target.has(special.subscribed)) {
      pushes.array(3)
      pushes.text('message')
      pushes.text(channel)
    } else return
    if (names === undefined) {
      // As in Redis the null is of the protocol that the one who tracks speaks, not the one who hears.
      pushes.protocol = session.protocol
      pushes.null()
    } else {
      pushes.array(names.length)
      for (const name of names) pushes.bulk(bytesOfKeyText(name))
    }
    this.#send(session, target, start)
  }

  /** Sends what was written from `start` on to the target: behind the answer when it is the session's own change. */
  #send(session: Session, target: Session, start: number): void {
    const { dispatcher, outbox } = this.#broker
    outbox.noteEvents()
    if (session === dispatcher.running) dispatcher.pushBehind(target, start, outbox.pushes.at)
    else dispatcher.push(target, start, outbox.pushes.at)
  }
}

/** Whether argument `i` begins with the Latin-1 text. */
function begins(keys: Args, i: number, prefix: string): boolean {
  if (keys.size(i) < prefix.length) return false
  const start = keys.starts[i]!
  for (let k = 0; k < prefix.length; k++) if (keys.bytes[start + k] !== prefix.charCodeAt(k)) return false
  return true
}
