/** The users' rights as commands reach them. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import type { Call } from '../../commands/call.ts'
import type { Client } from '../../commands/client.ts'
import type { AclLogEntry, AclServer, SelectorFacts, UserFacts } from '../../commands/connection/acl-server.ts'
import type { Broker } from '../broker.ts'
import { hasArity, type IndexedCommand } from '../command-index.ts'
import { FileRefused } from '../host.ts'
import type { Session } from '../session.ts'
import { readAclFile, userLine } from './acl-file.ts'
import { type Denial, findDenial, mayReadAllKeys } from './check.ts'
import { channelPatterns, commandWords, keyWords } from './describe.ts'
import type { Selector } from './selector.ts'
import { cString, type User } from './user.ts'
import { defaultUserName } from './users.ts'

const noAclFile =
  'ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER ' +
  'command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store users ' +
  'in the Redis configuration.'

const saveFailed = 'ERR There was an error trying to save the ACLs. Please check the server logs for more information'

/** Why a script's command is refused; what it is that is denied stands in the log. */
const scriptTexts: Readonly<Record<Denial['reason'], string>> = {
  command: "ERR The user executing the script can't run this command or subcommand",
  key: "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
  channel: "ERR The user executing the script can't publish to the channel mentioned in the command",
}

interface Request {
  readonly entry: IndexedCommand
  readonly args: Args
}

export class AclPort implements AclServer {
  readonly #broker: Broker

  constructor(broker: Broker) {
    this.#broker = broker
  }

  userOf(client: Client): string {
    return (client as Session).user?.name ?? defaultUserName
  }

  hasUser(name: string): boolean {
    return this.#find(name) !== undefined
  }

  get userNames(): string[] {
    return this.#broker.acl.users.all.map(({ name }) => name)
  }

  get userLines(): string[] {
    return this.#broker.acl.users.all.map(userLine)
  }

  describe(name: string): UserFacts | undefined {
    const user = this.#find(name)
    if (user === undefined) return undefined
    const selectors = user.selectors.map((each) => this.#selectorFacts(each))
    return { flags: user.flags, passwords: user.passwords, selectors, ...this.#selectorFacts(user.root) }
  }

  setUser(name: string, rules: readonly string[]): string | undefined {
    const { acl } = this.#broker
    const made = acl.users.preview(name, rules)
    if ('refusal' in made) return made.refusal
    acl.changeUser(made.user)
    return undefined
  }

  deleteUsers(names: readonly string[], caller: Client): number {
    if (names.includes(defaultUserName)) throw new ReplyError("ERR The 'default' user cannot be removed")
    let count = 0
    for (const name of names) {
      if (this.#broker.acl.removeUser(name, caller as Session)) count++
    }
    return count
  }

  generatePassword(bits: number): string {
    const digits = Math.ceil(bits / 4)
    const bytes = this.#broker.administration.host.secretBytes(Math.ceil(digits / 2))
    return Buffer.from(bytes).toString('hex').slice(0, digits)
  }

  dryRun(name: string, words: Args): string | undefined {
    const user = this.#find(name)
    if (user === undefined) throw new ReplyError(`ERR User '${cString(name)}' not found`)
    const request = this.#request(words)
    if (request === undefined) throw new ReplyError(`ERR Command '${words.quoted(0)}' not found`)
    const { entry, args } = request
    if (!hasArity(entry, args.count)) {
      throw new ReplyError(`ERR wrong number of arguments for '${entry.fullName}' command`)
    }
    const denial = findDenial(user, entry, args)
    if (denial === undefined) return undefined
    if (denial.reason === 'command') return `This user has no permissions to run the '${entry.fullName}' command`
    return `This user has no permissions to access the '${args.quoted(denial.at)}' ${denial.reason}`
  }

  scriptRefusal(client: Client, words: Args): string | undefined {
    const session = client as Session
    const request = this.#request(words)
    if (request === undefined || session.user === undefined) return undefined
    const denial = findDenial(session.user, request.entry, request.args)
    if (denial === undefined) return undefined
    this.#broker.acl.noteDenial(session, request.entry, request.args, denial, 'lua')
    return scriptTexts[denial.reason]
  }

  mayRun(client: Client, words: Args): boolean | undefined {
    const { user } = client as Session
    const request = this.#request(words)
    if (request === undefined) return undefined
    return user === undefined || findDenial(user, request.entry, request.args) === undefined
  }

  mayReadAllKeys({ args, client }: Call): boolean {
    const { user } = client as Session
    if (user === undefined || user.mayDoEverything) return true
    const request = this.#request(args)
    return request !== undefined && mayReadAllKeys(user, request.entry, request.args)
  }

  log(count: number): AclLogEntry[] {
    return this.#broker.acl.log.latest(count, this.#broker.keyspace.nowMs)
  }

  resetLog(): void {
    this.#broker.acl.log.reset()
  }

  load(caller: Client): void {
    loadAclFile(this.#broker, caller as Session)
  }

  save(): void {
    const { acl, administration, config } = this.#broker
    const path = config.settings.aclFile
    if (path === '') throw new ReplyError(noAclFile)
    const text = acl.users.all.map((each) => `${userLine(each)}\n`).join('')
    try {
      administration.host.writeAclFile(path, text)
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error
      throw new ReplyError(saveFailed)
    }
  }

  #find(name: string): User | undefined {
    return this.#broker.acl.users.find(name)
  }

  #selectorFacts(selector: Selector): SelectorFacts {
    return {
      commands: commandWords(selector, this.#broker.acl.commands).join(' '),
      keys: keyWords(selector).join(' '),
      channels: channelPatterns(selector).join(' '),
    }
  }

  /** The command that the words name, and they themselves; undefined when there is none. */
  #request(args: Args): Request | undefined {
    const { index } = this.#broker.dispatcher
    let entry = index.find(args, 0)
    if (entry?.subcommands !== undefined && args.count > 1) entry = entry.subcommands.find(args, 1)
    return entry === undefined ? undefined : { entry, args }
  }
}

/** Reads the aclfile and puts its users in the place of all, or throws ReplyError with nothing changed. */
export function loadAclFile({ acl, administration, config }: Broker, caller?: Session): void {
  const path = config.settings.aclFile
  if (path === '') throw new ReplyError(noAclFile)
  let text: string
  try {
    text = administration.host.readAclFile(path)
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
    throw new ReplyError(`ERR Error loading ACLs, opening file '${path}': ${error.message}`)
  }
  const read = readAclFile(text, path, (name) => acl.users.create(name))
  if ('faults' in read) throw new ReplyError(`ERR ${read.faults}`)
  acl.replaceUsers(read.users, caller)
}
