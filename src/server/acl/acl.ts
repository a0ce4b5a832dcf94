/** Users' rights while the broker runs: who may come in, what each request is checked for, and what happens to the
 *  connections of a user that changes.
 *
 *  A session whose user may do everything carries no mark, so that its requests take the dispatcher's short road; all
 *  others carry `special.restricted`. The mark is set anew whenever the user of a session, or the rights of its user,
 *  change. */
import assert from 'node:assert'
import type { Args } from '../../../protocol/resp/args.ts'
import type { Command } from '../../commands/command.ts'
import type { AclLogEntry } from '../../commands/connection/acl-server.ts'
import { latin1Text } from '../../lib/bytes.ts'
import type { Broker } from '../broker.ts'
import { clientLine } from '../clients-line.ts'
import { type CommandIndex, everyCommand, type IndexedCommand } from '../command-index.ts'
import { type Session, special } from '../session.ts'
import { AclCommands } from './acl-commands.ts'
import { AclLog } from './acl-log.ts'
import { type Denial, findDenial } from './check.ts'
import type { User } from './user.ts'
import { defaultUserName, Users } from './users.ts'

/** What a client is told of a denial; ACL LOG says more. */
const denialTexts: Readonly<Record<Denial['reason'], (fullName: string) => string>> = {
  command: (fullName) => `NOPERM this user has no permissions to run the '${fullName}' command`,
  key: () => 'NOPERM this user has no permissions to access one of the keys used as arguments',
  channel: () => 'NOPERM this user has no permissions to access one of the channels used as arguments',
}

const changedReasons: Readonly<Record<Denial['reason'], string>> = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as arguments',
}

export class Acl {
  readonly users: Users
  readonly log = new AclLog()
  readonly commands: AclCommands
  readonly #broker: Broker

  constructor(broker: Broker, commands: readonly Command[], index: CommandIndex) {
    this.#broker = broker
    this.commands = new AclCommands(commands)
    this.users = new Users(this.commands, () => broker.config.settings.opensChannels)
    for (const entry of everyCommand(index)) {
      const known = this.commands.find(entry.fullName)
      assert(known !== undefined, 'every command has its bit')
      entry.aclId = known.id
    }
    this.setDefaultPassword(broker.config.settings.password)
    this.#takeConfigured()
  }

  // Coming in.

  /** Whether a new connection has to authenticate. */
  get needsPassword(): boolean {
    return !this.users.default.noPassword || !this.users.default.isOn
  }

  /** `requirepass`: the default user's password. */
  setDefaultPassword(password: Uint8Array): void {
    const user = this.users.default
    user.apply('resetpass')
    user.apply(password.length === 0 ? 'nopass' : `>${latin1Text(password)}`)
    this.#rightsChanged(user)
  }

  /** A new connection, or one that was RESET: it speaks for the default user. */
  greet(session: Session): void {
    session.isAuthenticated = !this.needsPassword
    this.#setUser(session, this.users.default)
  }

  /** Whether name and password are right; if so the session speaks for the user from here on. */
  authenticate(session: Session, name: string, password: Uint8Array): boolean {
    const user = this.users.find(name)
    if (user?.accepts(password) !== true) return false
    session.isAuthenticated = true
    this.#setUser(session, user)
    return true
  }

  /** Lets the session speak for a user that has been recognized by a token, or by other means than its password. */
  assume(session: Session, user: User, expiresAtMs?: number): void {
    session.isAuthenticated = true
    this.#setUser(session, user, expiresAtMs)
  }

  /** Lets the session do what is the server's own business: it is asked nothing. */
  exempt(session: Session): void {
    session.isAuthenticated = true
    session.user = undefined
    this.#mark(session)
  }

  // Requests.

  /** The error for a request that the session's user may not run, which is noted in the log; undefined when it may. */
  refusal(session: Session, entry: IndexedCommand, args: Args): string | undefined {
    const denial = this.#denial(session, entry, args)
    if (denial === undefined) return undefined
    this.noteDenial(session, entry, args, denial, session.transaction === undefined ? 'toplevel' : 'multi')
    return denialTexts[denial.reason](entry.fullName)
  }

  /** The same for a command that was queued and is now to run: rights may have changed since. */
  refusalAtExec(session: Session, entry: IndexedCommand, args: Args): string | undefined {
    const denial = this.#denial(session, entry, args)
    if (denial === undefined) return undefined
    this.noteDenial(session, entry, args, denial, 'multi')
    return (
      'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command ' +
      `is no longer allowed for the following reason: ${changedReasons[denial.reason]}`
    )
  }

  noteDenial(
    session: Session,
    entry: IndexedCommand,
    args: Args,
    denial: Denial,
    context: AclLogEntry['context'],
  ): void {
    const object = denial.reason === 'command' ? entry.fullName : args.textStart(denial.at)
    this.note(session, { reason: denial.reason, context, object, username: session.user!.name })
  }

  note(session: Session, denied: Pick<AclLogEntry, 'reason' | 'context' | 'object' | 'username'>): void {
    const { config, keyspace } = this.#broker
    const clientInfo = clientLine(session, keyspace.nowMs)
    this.log.add({ ...denied, clientInfo }, keyspace.nowMs, config.settings.aclLogEntriesMax)
  }

  #denial(session: Session, entry: IndexedCommand, args: Args): Denial | undefined {
    return session.user === undefined ? undefined : findDenial(session.user, entry, args)
  }

  // Changes.

  /** Gives the user of that name other rights, or makes it. Subscribers of what it may not hear any more are closed. */
  changeUser(changed: User): void {
    const known = this.users.find(changed.name)
    if (known !== undefined) this.#closeSubscribers(known, changed)
    this.users.put(changed)
    this.#rightsChanged(this.users.find(changed.name)!)
  }

  /** Removes a user, and closes the connections that spoke for it; false when there was none. */
  removeUser(name: string, caller: Session): boolean {
    const user = this.users.remove(name)
    if (user !== undefined) this.#closeSessions(user, caller)
    return user !== undefined
  }

  /** Puts other users in the place of all: connections of those who are no more are closed, as are those of users that
   *  are there again. Only the default user's stay. */
  replaceUsers(users: ReadonlyMap<string, User>, caller: Session | undefined): void {
    for (const user of this.users.replaceAll(users)) this.#closeSessions(user, caller)
    this.#rightsChanged(this.users.default)
  }

  /** The users that redis.conf defines; the lines were checked when they were read. */
  #takeConfigured(): void {
    for (const [name, ...rules] of this.#broker.config.userLines) {
      const words = name === defaultUserName ? ['reset', ...rules] : rules
      const made = this.users.preview(name!, words)
      assert('user' in made, 'the lines of the configuration are right')
      this.users.put(made.user)
    }
    this.#rightsChanged(this.users.default)
  }

  /** From here on the session is somebody else, for as long as a token says or for ever. What it hears already it goes on
   *  hearing: where the user may not do all that the one before might, the end of that one's token holds, too. */
  #setUser(session: Session, user: User, expiresAtMs = Number.POSITIVE_INFINITY): void {
    const hears = session.hasFeeds || session.has(special.subscribed | special.monitor | special.tracking)
    const isBound = hears && session.user !== undefined && !user.covers(session.user)
    session.expiresAtMs = isBound ? Math.min(session.expiresAtMs, expiresAtMs) : expiresAtMs
    session.user = user
    this.#mark(session)
  }

  #mark(session: Session): void {
    const isRefused = this.needsPassword && !session.isAuthenticated
    session.set(special.unauthenticated, isRefused)
    session.set(special.restricted, session.user?.mayDoEverything === false)
    session.parser.restricted = isRefused
  }

  /** Everybody is marked anew: whether a password is needed is the default user's matter and concerns all. */
  #rightsChanged(user: User): void {
    for (const session of this.#broker.sessions.values()) {
      if (session.user?.base === user) session.user = session.user.renewed
      if (speaksFor(session, user) || user === this.users.default) this.#mark(session)
    }
  }

  #closeSessions(user: User, caller: Session | undefined): void {
    for (const session of [...this.#broker.sessions.values()]) {
      if (!speaksFor(session, user)) continue
      session.isAuthenticated = false
      this.#setUser(session, this.users.default)
      if (session === caller) this.#broker.closeAfterReply(session)
      else this.#broker.clients.kill(session)
    }
  }

  /** Closes who hears a channel that the user will not be allowed any more. */
  #closeSubscribers(user: User, changed: User): void {
    const upcoming = changed.allSelectors
    if (upcoming.some((each) => each.allChannels)) return
    // Redis compares the patterns by where they lie, so that one which stays is looked at like one which goes.
    if (user.allSelectors.every((each) => !each.allChannels && each.channels.length === 0)) return
    const mayHear = (name: Uint8Array, isPattern: boolean): boolean =>
      upcoming.some((each) => each.allowsChannel(name, isPattern))
    for (const session of [...this.#broker.sessions.values()]) {
      if (!speaksFor(session, user) || session.subscriptions === undefined) continue
      const { channel, pattern, shard } = session.subscriptions
      const names = (kind: 'channel' | 'pattern' | 'shard'): Uint8Array[] =>
        this.#broker.channels.namesOf(kind, session)
      const hearsAll =
        (pattern.size === 0 || names('pattern').every((each) => mayHear(each, true))) &&
        (channel.size === 0 || names('channel').every((each) => mayHear(each, false))) &&
        (shard.size === 0 || names('shard').every((each) => mayHear(each, false)))
      if (!hearsAll) this.#broker.clients.kill(session)
    }
  }
}

/** Whether the session has the rights of the user, or narrower ones of it. */
function speaksFor(session: Session, user: User): boolean {
  return session.user === user || session.user?.base === user
}
