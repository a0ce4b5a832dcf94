/** Names and order of command flags and ACL categories, as Redis 7.0 lists them. */
import type { CommandFacts } from '../command.ts'

const flagOrder = [
  'write',
  'readonly',
  'denyoom',
  'admin',
  'pubsub',
  'noscript',
  'blocking',
  'loading',
  'stale',
  'skip_monitor',
  'skip_slowlog',
  'asking',
  'fast',
  'no_auth',
  'no_mandatory_keys',
  'protected',
  'no_async_loading',
  'no_multi',
  'movablekeys',
  'allow_busy',
]

const categoryOrder = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
]

/** The flags that COMMAND INFO shows, in its order. `protected` shows in no reply of Redis 7.0. */
export function shownFlags(facts: CommandFacts): string[] {
  return facts.flags
    .filter((flag) => flag !== 'protected')
    .toSorted((a, b) => flagOrder.indexOf(a) - flagOrder.indexOf(b))
}

/** All ACL categories of a command without `@`, those included that its flags imply, in Redis' order. */
export function aclCategories(facts: CommandFacts): string[] {
  const has = (flag: CommandFacts['flags'][number]): boolean => facts.flags.includes(flag)
  const categories = new Set(facts.categories)
  if (has('write')) categories.add('write')
  if (has('readonly') && !categories.has('scripting')) categories.add('read')
  if (has('admin')) categories.add('admin').add('dangerous')
  if (has('pubsub')) categories.add('pubsub')
  if (has('blocking')) categories.add('blocking')
  categories.add(has('fast') ? 'fast' : 'slow')
  return [...categories].toSorted((a, b) => categoryOrder.indexOf(a) - categoryOrder.indexOf(b))
}

/** All categories there are, without `@`, in Redis' order. */
export const aclCategoryNames: readonly string[] = categoryOrder
