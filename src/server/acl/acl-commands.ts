/** Every command that a rule may name: our own, and those of Redis 7.0 that are not here. Each has a number, its bit in
 *  the bitmaps of users. */
import type { Command } from '../../commands/command.ts'
import { aclCategories, aclCategoryNames } from '../../commands/facts/acl-categories.ts'
import { redisCommandCategories } from '../../commands/facts/redis-commands.ts'

export interface AclCommand {
  readonly id: number
  /** Its own name, whatever `rename-command` made of it: `xgroup|create` for a subcommand. */
  readonly fullName: string
  readonly categories: readonly string[]
  readonly isSubcommand: boolean
  readonly subcommands: readonly AclCommand[]
  /** Whether Redis 7.0 has it: only these count when categories are chosen to describe a user. */
  readonly isOfRedis: boolean
}

export class AclCommands {
  /** By number: commands in the order of the table, each before its subcommands, then those that are not here. */
  readonly all: readonly AclCommand[]
  readonly #byName: ReadonlyMap<string, AclCommand>
  readonly #byCategory: ReadonlyMap<string, readonly AclCommand[]>

  constructor(commands: readonly Command[]) {
    const named = namedCommands(commands)
    const subcommandNames = namesByContainer(named.keys())
    const all: AclCommand[] = []
    for (const [fullName, categories] of named) {
      if (fullName.includes('|')) continue
      const add = (name: string, given: readonly string[], subcommands: readonly AclCommand[]): AclCommand => {
        const isOfRedis = redisCommandCategories.has(name)
        const isSubcommand = name.includes('|')
        return { id: all.length, fullName: name, categories: given, isSubcommand, subcommands, isOfRedis }
      }
      const subcommands: AclCommand[] = []
      all.push(add(fullName, categories, subcommands))
      for (const name of subcommandNames.get(fullName) ?? []) {
        const subcommand = add(name, named.get(name)!, [])
        subcommands.push(subcommand)
        all.push(subcommand)
      }
    }
    this.all = all
    this.#byName = new Map(all.map((each) => [each.fullName, each]))
    this.#byCategory = new Map(
      aclCategoryNames.map((name) => [name, all.filter(({ categories }) => categories.includes(name))]),
    )
  }

  /** By full name in lower case. */
  find(fullName: string): AclCommand | undefined {
    return this.#byName.get(fullName)
  }

  /** The commands of a category (without `@`, in lower case), undefined when there is no such category. */
  ofCategory(name: string): readonly AclCommand[] | undefined {
    return this.#byCategory.get(name)
  }
}

/** Categories by full name: our own commands first. */
function namedCommands(commands: readonly Command[]): Map<string, readonly string[]> {
  const named = new Map<string, readonly string[]>()
  for (const command of commands) {
    named.set(command.name, aclCategories(command))
    for (const each of command.subcommands ?? []) named.set(`${command.name}|${each.name}`, aclCategories(each))
  }
  for (const [name, categories] of redisCommandCategories) if (!named.has(name)) named.set(name, categories)
  return named
}

/** The full names of subcommands, by their commands. */
function namesByContainer(fullNames: Iterable<string>): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const fullName of fullNames) {
    const end = fullName.indexOf('|')
    if (end < 0) continue
    const container = fullName.slice(0, end)
    const siblings = names.get(container)
    if (siblings === undefined) names.set(container, [fullName])
    else siblings.push(fullName)
  }
  return names
}
