/** The kinds of value that one directive alone has. */

import { notifyClass } from '../../keyspace/notify.ts'
import { quoteWord } from '../../lib/words.ts'
import { formatKeyspaceEvents, parseKeyspaceEvents } from './keyspace-events.ts'
import { type Kind, notAmong, ValueRefused } from './kinds.ts'
import { formatMemory, parseLenientInteger, parseMemory } from './numbers.ts'

const BIND_ADDRESSES_MAX = 16

/** `bind`: up to sixteen addresses; none at all listens on no TCP address. The default is said by leaving the line out. */
export const bindKind: Kind = {
  label: 'addresses',
  manyWords: true,
  read(words) {
    if (words.length > BIND_ADDRESSES_MAX) throw new ValueRefused('Too many bind addresses specified.')
    return words.join(' ')
  },
  lines(name, text, initial) {
    return text === initial ? [] : [{ text: `${name} ${text === '' ? '""' : text}`, forced: true }]
  },
}

/** `save`: pairs of seconds and changes. Within one file lines add up, which is the reader's business (`config-file.ts`). */
export const saveKind: Kind = {
  label: 'pairs of seconds and changes',
  manyWords: true,
  read(words) {
    const given = words.length === 1 && words[0] === '' ? [] : words
    const values = given.map(parseLenientInteger)
    const fine = (value: bigint | undefined, index: number) =>
      value !== undefined && value >= (index % 2 === 0 ? 1n : 0n)
    if (values.length % 2 === 1 || !values.every(fine)) throw new ValueRefused('Invalid save parameters')
    return values.join(' ')
  },
  lines(name, text, initial) {
    if (text === '') return [{ text: `${name} ""`, forced: text !== initial }]
    return pairs(text.split(' ')).map((pair) => ({ text: `${name} ${pair}`, forced: true }))
  },
}

/** The limits of one class of clients: `hardBytes` cuts at once, `softBytes` when exceeded for `softSeconds`; 0 is no limit. */
export type OutputBufferLimit = {
  readonly hardBytes: number
  readonly softBytes: number
  readonly softSeconds: number
}

const CLIENT_CLASSES = ['normal', 'slave', 'pubsub'] as const

/** `client-output-buffer-limit`: groups of class, hard limit, soft limit, seconds. Classes that aren't named keep what they have. */
export const outputBufferLimitKind: Kind = {
  label: 'groups of class, hard bytes, soft bytes, soft seconds',
  manyWords: true,
  read(words, current) {
    if (words.length % 4 !== 0) throw new ValueRefused('Wrong number of arguments in buffer limit configuration.')
    const limits = new Map(groupsOfFour(current.split(' ')).map(([name, ...rest]) => [name!, rest.join(' ')]))
    for (const [name, hard, soft, seconds] of groupsOfFour(words)) {
      limits.set(readClientClass(name!), readLimit(hard!, soft!, seconds!))
    }
    return CLIENT_CLASSES.map((name) => `${name} ${limits.get(name)}`).join(' ')
  },
  lines(name, text, initial) {
    const initialGroups = groupsOfFour(initial.split(' '))
    return groupsOfFour(text.split(' ')).map((group, index) => {
      const [clientClass, hard, soft, seconds] = group
      const printedClass = clientClass === 'slave' ? 'replica' : clientClass
      const sizes = `${formatMemory(BigInt(hard!))} ${formatMemory(BigInt(soft!))}`
      const forced = group.join(' ') !== initialGroups[index]!.join(' ')
      return { text: `${name} ${printedClass} ${sizes} ${seconds}`, forced }
    })
  },
}

/** Takes the text of `client-output-buffer-limit` apart. */
export function outputBufferLimits(text: string): Record<'normal' | 'replica' | 'pubsub', OutputBufferLimit> {
  const [normal, replica, pubsub] = groupsOfFour(text.split(' ')).map(([, hard, soft, seconds]) => ({
    hardBytes: Number(hard),
    softBytes: Number(soft),
    softSeconds: Number(seconds),
  }))
  return { normal: normal!, replica: replica!, pubsub: pubsub! }
}

/** `notify-keyspace-events`: the letters of the classes that are published. */
export const keyspaceEventsKind: Kind = {
  label: 'event class letters',
  manyWords: false,
  read([letters]) {
    const bits = parseKeyspaceEvents(letters!)
    if (bits === undefined) throw new ValueRefused("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    return formatKeyspaceEvents(bits) + (isLost(bits) ? 'n' : '')
  },
  shown: (text) => formatKeyspaceEvents(parseKeyspaceEvents(text) ?? 0),
  lines(name, text, initial) {
    return [{ text: `${name} ${quoteWord(text)}`, forced: text !== initial }]
  },
}

/** Whether new keys are told though the printed form says nothing of them. */
function isLost(bits: number): boolean {
  return (bits & notifyClass.newKey) !== 0 && !formatKeyspaceEvents(bits).includes('n')
}

/** `oom-score-adj-values`: three numbers, for the server, replicas and child processes. */
export const oomScoresKind: Kind = {
  label: 'three integers, -2000 to 2000',
  manyWords: true,
  read(words) {
    if (words.length !== 3) throw new ValueRefused('wrong number of arguments')
    const values = words.map(parseLenientInteger)
    if (values.some((value) => value === undefined || value < -2000n || value > 2000n)) {
      throw new ValueRefused('Invalid oom-score-adj-values, elements must be between -2000 and 2000.')
    }
    return values.join(' ')
  },
  lines: (name, text, initial) => [{ text: `${name} ${text}`, forced: text !== initial }],
}

/** `latency-tracking-info-percentiles`: numbers from 0 to 100, kept to six decimal places. */
export const percentilesKind: Kind = {
  label: 'percentages',
  manyWords: true,
  read(words) {
    const given = words.length === 1 && words[0] === '' ? [] : words
    return given.map(readPercentile).join(' ')
  },
  lines: (name, text, initial) => [{ text: `${name} ${text === '' ? '""' : text}`, forced: text !== initial }],
}

/** `replicaof`: a host and a port, or `no one`. */
export const replicaOfKind: Kind = {
  label: 'host and port',
  manyWords: true,
  read(words) {
    if (words.length !== 2) throw new ValueRefused('wrong number of arguments')
    const [host, portText] = words
    if (host!.toLowerCase() === 'no' && portText!.toLowerCase() === 'one') return ''
    const port = parseLenientInteger(portText!)
    if (port === undefined || port < 0n || port > 65535n) throw new ValueRefused('Invalid master port')
    return `${host} ${port}`
  },
  lines: (name, text) => (text === '' ? [] : [{ text: `${name} ${text}`, forced: true }]),
}

const SHUTDOWN_OPTIONS = ['default', 'save', 'nosave', 'now', 'force']

/** `shutdown-on-sigterm` and `-sigint`: any set of options; `default` is the empty set. */
export const shutdownKind: Kind = {
  label: SHUTDOWN_OPTIONS.join(', '),
  manyWords: true,
  read(words) {
    const given = words.map((word) => word.toLowerCase())
    if (given.length === 0 || !given.every((word) => SHUTDOWN_OPTIONS.includes(word))) throw notAmong(SHUTDOWN_OPTIONS)
    const chosen = SHUTDOWN_OPTIONS.filter((option) => option !== 'default' && given.includes(option))
    if (chosen.includes('save') && chosen.includes('nosave')) {
      throw new ValueRefused("shutdown options SAVE and NOSAVE can't be used simultaneously")
    }
    return chosen.length === 0 ? 'default' : chosen.join(' ')
  },
  lines: (name, text, initial) => [{ text: `${name} ${text}`, forced: text !== initial }],
}

function readClientClass(word: string): string {
  const name = word.toLowerCase() === 'replica' ? 'slave' : word.toLowerCase()
  if (CLIENT_CLASSES.some((known) => known === name)) return name
  throw new ValueRefused('Invalid client class specified in buffer limit configuration.')
}

function readLimit(hard: string, soft: string, seconds: string): string {
  const limit = [parseMemory(hard), parseMemory(soft), parseLenientInteger(seconds)]
  if (limit.some((value) => value === undefined || value < 0n)) {
    throw new ValueRefused('Error in hard, soft or soft_seconds setting in buffer limit configuration.')
  }
  return limit.join(' ')
}

function readPercentile(word: string): string {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : Number.NaN
  if (Number.isNaN(number)) throw new ValueRefused('Invalid latency-tracking-info-percentiles parameters')
  if (number < 0 || number > 100) {
    throw new ValueRefused('latency-tracking-info-percentiles parameters should sit between [0.0,100.0]')
  }
  return number.toFixed(6).replace(/\.?0+$/, '')
}

function pairs(words: readonly string[]): string[] {
  return words.flatMap((word, index) => (index % 2 === 0 ? [`${word} ${words[index + 1]}`] : []))
}

function groupsOfFour(words: readonly string[]): string[][] {
  return words.flatMap((_, index) => (index % 4 === 0 ? [words.slice(index, index + 4)] : []))
}
