/** What the ACL commands, and others that have to respect users' rights, ask of the server. All texts are byte strings. */
import type { Args } from '../../../protocol/resp/args.ts'
import type { Call } from '../call.ts'
import type { Client } from '../client.ts'

export interface AclLogEntry {
  readonly count: number
  readonly reason: 'command' | 'key' | 'channel' | 'auth'
  readonly context: 'toplevel' | 'multi' | 'lua'
  /** The command, key or channel that was denied, or the command that gave the wrong password. */
  readonly object: string
  readonly username: string
  readonly ageMs: number
  /** The client's line of CLIENT LIST at that time. */
  readonly clientInfo: string
}

/** What one set of rules allows, in the words of the rules. */
export interface SelectorFacts {
  readonly commands: string
  readonly keys: string
  readonly channels: string
}

export interface UserFacts extends SelectorFacts {
  readonly flags: readonly string[]
  /** Digests. */
  readonly passwords: readonly string[]
  readonly selectors: readonly SelectorFacts[]
}

export interface AclServer {
  userOf(client: Client): string
  hasUser(name: string): boolean
  /** Sorted. */
  readonly userNames: string[]
  /** Each user as a line of the configuration, sorted by name. */
  readonly userLines: string[]
  describe(name: string): UserFacts | undefined
  /** Makes or changes a user by rules, all or none; the error reply's text when one of them is wrong. */
  setUser(name: string, rules: readonly string[]): string | undefined
  /** Deletes users, and closes their connections; returns how many there were. Throws ReplyError for the default user. */
  deleteUsers(names: readonly string[], caller: Client): number
  /** Hexadecimal digits of so many random bits. */
  generatePassword(bits: number): string
  /** What would keep the user from running the request in words, undefined for nothing. Throws ReplyError when there is
   *  no such user or command. */
  dryRun(name: string, request: Args): string | undefined
  /** Why the client may not run the request in a script: noted in the log, and told without what it is that is denied. */
  scriptRefusal(client: Client, request: Args): string | undefined
  /** Whether the client may run the request (`redis.acl_check_cmd`); undefined when there is no such command. */
  mayRun(client: Client, request: Args): boolean | undefined
  /** Whether the client may run the call's request and read every key besides, for the patterns of SORT. */
  mayReadAllKeys(call: Call): boolean
  log(count: number): AclLogEntry[]
  resetLog(): void
  /** Reads the aclfile anew, all or nothing. Throws ReplyError. */
  load(caller: Client): void
  /** Writes the aclfile. Throws ReplyError. */
  save(): void
}
