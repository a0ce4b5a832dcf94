/** The aclfile: a user a line, parted by single blanks as Redis has it, without any quotes. */

import { quoteWord } from '../../lib/words.ts'
import type { AclCommands } from './acl-commands.ts'
import { hasBlank, ruleFault } from './selector.ts'
import { joinSelectors, User } from './user.ts'

const nothingDone = 'WARNING: ACL errors detected, no change to the previously active ACL rules was performed'

/** The line that makes a user, in the aclfile, in redis.conf and in ACL LIST. */
export function userLine(user: User): string {
  return ['user', user.name, ...user.words].join(' ')
}

/** The same for redis.conf, where words that the reader would take apart stand in quotes. */
export function configUserLine(user: User): string {
  return ['user', user.name, ...user.words].map((word) => (isPlain(word) ? word : quoteWord(word))).join(' ')
}

function isPlain(word: string): boolean {
  return /^[^\s"'\\\0]+$/.test(word)
}

/** The users of a file's text, or everything that is wrong with it in one line. `path` is for the messages. */
export function readAclFile(
  text: string,
  path: string,
  newUser: (name: string) => User,
): { users: Map<string, User> } | { faults: string } {
  const users = new Map<string, User>()
  const faults: string[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/^[ \t\r]+|[ \t\r]+$/g, '')
    if (line !== '') faults.push(...readLine(line, path, index + 1, users, newUser))
  }
  return faults.length === 0 ? { users } : { faults: [...faults, nothingDone].join(' ') }
}

/** Adds the line's user; returns what is wrong with it. */
function readLine(
  line: string,
  path: string,
  lineNumber: number,
  users: Map<string, User>,
  newUser: (name: string) => User,
): string[] {
  const [keyword, name, ...words] = line.split(' ')
  if (keyword !== 'user' || name === undefined) {
    return [`${path}:${lineNumber} should start with user keyword followed by the username.`]
  }
  if (hasBlank(name)) return [`${path}:${lineNumber}: username '${name}' contains invalid characters.`]
  if (users.has(name)) return [`WARNING: Duplicate user '${name}' found on line ${lineNumber}.`]
  const joined = joinSelectors(words)
  if ('open' in joined) return [`${path}:${lineNumber}: Unmatched parenthesis in selector definition.`]
  const user = newUser(name)
  users.set(name, user)
  const faults: string[] = []
  let isOtherTold = false
  for (const rule of joined.rules) {
    const fault = user.apply(rule.replace(/^[\t\r]+|[\t\r]+$/g, ''))
    if (fault === ruleFault.unknown) {
      faults.push(`${path}:${lineNumber}: Error in applying operation '${rule}': ${fault}.`)
    } else if (fault !== undefined && !isOtherTold) {
      // Of the faults that do not say where they are Redis tells the first of a line.
      isOtherTold = true
      faults.push(`${path}:${lineNumber}: ${fault}.`)
    }
  }
  return faults
}

/** Says what is wrong with a `user` line of redis.conf, given as words without `user`; undefined when it is right.
 *  `isKnown` tells of users in lines before it. */
export function userDirectiveFault(
  [name, ...words]: readonly string[],
  commands: AclCommands,
  isKnown: boolean,
): string | undefined {
  const fault = (at: string, reason: string): string => `Error in user declaration '${at}': ${reason}`
  if (name === undefined) return undefined
  if (isKnown) return fault(name, ruleFault.duplicateUser)
  const joined = joinSelectors(words)
  if ('open' in joined) return fault(joined.open, 'Unmatched parenthesis in selector definition.')
  const user = new User(name, commands, () => false)
  for (const rule of joined.rules) {
    const reason = user.apply(rule)
    if (reason !== undefined) return fault(rule, reason)
  }
  return hasBlank(name) ? fault(name, "Usernames can't contain spaces or null characters") : undefined
}
