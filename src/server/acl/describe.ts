/** A selector as rules again, as Redis 7.0 prints it: the bitmap is described by the categories that fit it best, and
 *  then command by command where they do not. The rules that were given are not remembered. */
import { aclCategoryNames } from '../../commands/facts/acl-categories.ts'
import type { AclCommands } from './acl-commands.ts'
import { type KeyPattern, permission, Selector } from './selector.ts'

/** `~* &* +@all`, word by word. */
export function selectorWords(selector: Selector, commands: AclCommands): string[] {
  return [...keyWords(selector), ...channelWords(selector), ...commandWords(selector, commands)]
}

export function keyWords({ allKeys, keys }: Selector): string[] {
  return allKeys ? ['~*'] : keys.map(keyWord)
}

/** The patterns alone, as ACL GETUSER has them. */
export function channelPatterns({ allChannels, channels }: Selector): string[] {
  return allChannels ? ['&*'] : channels.map(({ text }) => `&${text}`)
}

function channelWords(selector: Selector): string[] {
  return selector.allChannels ? ['&*'] : ['resetchannels', ...channelPatterns(selector)]
}

function keyWord({ text, permissions }: KeyPattern): string {
  if (permissions === permission.all) return `~${text}`
  return permissions === permission.read ? `%R~${text}` : `%W~${text}`
}

/** `-@all +@read -get`: begins with all or nothing, goes on with categories, ends with single commands. */
export function commandWords(selector: Selector, commands: AclCommands): string[] {
  const adds = !selector.startsFromAll
  const words = [adds ? '-@all' : '+@all']
  /** What the words so far say. */
  const described = new Selector(commands)
  described.apply(words[0]!)
  /** What is left to say: categories that were named are taken out of it. */
  const remaining = selector.copy()
  const named = new Set<string>()
  for (let best = bestCategory(remaining, commands, adds, named); best !== undefined; ) {
    named.add(best)
    words.push(`${adds ? '+' : '-'}@${best}`)
    described.apply(`${adds ? '+' : '-'}@${best}`)
    remaining.apply(`${adds ? '-' : '+'}@${best}`)
    best = bestCategory(remaining, commands, adds, named)
  }
  return [...words, ...singleWords(selector, described, commands)]
}

/** The category that has more in common with the selector than not, with the fewest differences, then the most in
 *  common; undefined when there is none. */
function bestCategory(
  selector: Selector,
  commands: AclCommands,
  adds: boolean,
  named: ReadonlySet<string>,
): string | undefined {
  let best: string | undefined
  let leastOther = Number.POSITIVE_INFINITY
  let mostSame = 0
  for (const name of aclCategoryNames) {
    if (named.has(name)) continue
    let same = 0
    let other = 0
    for (const { id, isOfRedis } of commands.ofCategory(name)!) {
      if (!isOfRedis) continue
      if (selector.allowsCommand(id) === adds) same++
      else other++
    }
    if (same > other && (other < leastOther || (other === leastOther && same > mostSame))) {
      best = name
      leastOther = other
      mostSame = same
    }
  }
  return best
}

/** The commands that the words so far get wrong. Redis' order is that of a hash table, ours that of the numbers. */
function singleWords(selector: Selector, described: Selector, commands: AclCommands): string[] {
  const words: string[] = []
  for (const command of commands.all) {
    const isAllowed = selector.allowsCommand(command.id)
    if (isAllowed !== described.allowsCommand(command.id)) {
      words.push(`${isAllowed ? '+' : '-'}${command.fullName}`)
      described.setCommand(command, isAllowed)
    }
    if (isAllowed) continue
    for (const text of selector.firstArguments(command.id)) words.push(`+${command.fullName}|${text}`)
  }
  return words
}
