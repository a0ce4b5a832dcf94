/** The users there are: by name, with the default user, which always is there and stays the same object. */
import type { AclCommands } from './acl-commands.ts'
import { cString, joinSelectors, User } from './user.ts'

export const defaultUserName = 'default'

export class Users {
  readonly default: User
  readonly #commands: AclCommands
  readonly #opensChannels: () => boolean
  #byName: Map<string, User>

  constructor(commands: AclCommands, opensChannels: () => boolean) {
    this.#commands = commands
    this.#opensChannels = opensChannels
    this.default = this.#newDefault()
    this.#byName = new Map([[defaultUserName, this.default]])
  }

  find(name: string): User | undefined {
    return this.#byName.get(name)
  }

  /** Sorted by name, byte by byte. */
  get all(): User[] {
    return [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** A user that may do nothing and is not in the list. */
  create(name: string): User {
    return new User(name, this.#commands, this.#opensChannels)
  }

  /** What the rules would make of the user (or of a new one), or why one of them is refused. */
  preview(name: string, rules: readonly string[]): { user: User } | { refusal: string } {
    const joined = joinSelectors(rules)
    if ('open' in joined) {
      return { refusal: `ERR Unmatched parenthesis in acl selector starting at '${cString(joined.open)}'.` }
    }
    const user = this.find(name)?.copy() ?? this.create(name)
    for (const rule of joined.rules) {
      const fault = user.apply(rule)
      if (fault !== undefined) return { refusal: `ERR Error in ACL SETUSER modifier '${cString(rule)}': ${fault}` }
    }
    return { user }
  }

  /** Gives the user of that name these rights; whoever speaks for it goes on with them. */
  put(user: User): void {
    const known = this.find(user.name)
    if (known === undefined) this.#byName.set(user.name, user)
    else known.become(user)
  }

  remove(name: string): User | undefined {
    const user = this.find(name)
    this.#byName.delete(name)
    return user
  }

  /** Puts these users in the place of all; returns those who are no more. */
  replaceAll(users: ReadonlyMap<string, User>): User[] {
    const gone = [...this.#byName.values()].filter((each) => each !== this.default)
    this.default.become(users.get(defaultUserName) ?? this.#newDefault())
    this.#byName = new Map([...users, [defaultUserName, this.default]])
    return gone
  }

  /** May do everything, without a password. */
  #newDefault(): User {
    const user = this.create(defaultUserName)
    for (const rule of ['on', 'nopass', '~*', '&*', '+@all']) user.apply(rule)
    return user
  }
}
