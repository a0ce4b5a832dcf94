/** LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]: what two strings have in common, in order.
 *
 *  Among several longest common subsequences the answer is the one Redis gives: the walk goes back from the ends of
 *  both strings and, where it may choose, goes back in the second. */

import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { defineCommand, twoKeys } from '../command.ts'
import { ofString } from './string-facts.ts'

/** A run that both strings have; the ends are included. */
interface Match {
  firstStart: number
  secondStart: number
  size: number
}

interface Answer {
  matches: Match[]
  text: Uint8Array
}

interface Options {
  length: boolean
  indexes: boolean
  matchSizes: boolean
  matchSizeMin: bigint
}

const cellBytes = 4
const emptyBytes = new Uint8Array(0)

export const lcs = defineCommand({
  ...ofString,
  name: 'lcs',
  arity: -3,
  flags: ['readonly'],
  keys: twoKeys,
  since: '7.0.0',
  summary: 'Finds the longest common subsequence of two strings.',
  complexity: 'O(N*M) with N and M bytes',
  syntax: 'key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]',
  run(call) {
    const { args, server, reply } = call
    const firstEntry = call.db.lookup(args, args.next())
    const secondEntry = call.db.lookup(args, args.next())
    const first = content(call, firstEntry)
    const second = content(call, secondEntry)
    const options = readOptions(args)
    if ((first.length + 1) * (second.length + 1) * cellBytes > server.settings.bulkBytesMax) {
      throw new ReplyError('ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len')
    }
    const lengths = tabulate(first, second)
    if (options.length) return reply.integer(lengths.at(-1)!)
    const { text, matches } = walk(first, second, lengths)
    if (options.indexes) replyMatches(call, matches, text.length, options)
    else reply.bulk(text)
  },
})

function content({ db }: Call, entry: number): Uint8Array {
  if (entry < 0) return emptyBytes
  if (db.kind(entry) !== 'string') throw new ReplyError('ERR The specified keys must contain string values')
  const start = db.stringStart(entry)
  return db.stringChunk(entry).subarray(start, start + db.stringSize(entry))
}

function readOptions(args: Args): Options {
  const options: Options = { length: false, indexes: false, matchSizes: false, matchSizeMin: 0n }
  while (args.left > 0) {
    if (args.token('IDX')) options.indexes = true
    else if (args.token('LEN')) options.length = true
    else if (args.token('WITHMATCHLEN')) options.matchSizes = true
    else if (args.token('MINMATCHLEN')) options.matchSizeMin = args.nextInt64()
    else throw syntaxError()
  }
  if (options.indexes && options.length) {
    throw new ReplyError('ERR If you want both the length and indexes, please just use IDX.')
  }
  return options
}

/** At `i * (second.length + 1) + j`: how long the LCS of the first `i` and the first `j` bytes is. */
function tabulate(first: Uint8Array, second: Uint8Array): Uint32Array {
  const width = second.length + 1
  const lengths = new Uint32Array((first.length + 1) * width)
  for (let i = 1; i <= first.length; i++) {
    const byte = first[i - 1]!
    let at = i * width + 1
    for (let j = 1; j < width; j++, at++) {
      if (byte === second[j - 1]) {
        lengths[at] = lengths[at - width - 1]! + 1
      } else {
        lengths[at] = Math.max(lengths[at - width]!, lengths[at - 1]!)
      }
    }
  }
  return lengths
}

/** The subsequence, and the runs it is made of from the last to the first. */
function walk(first: Uint8Array, second: Uint8Array, lengths: Uint32Array): Answer {
  const width = second.length + 1
  const text = new Uint8Array(lengths.at(-1)!)
  const matches: Match[] = []
  let run: Match | undefined
  let at = text.length
  let i = first.length
  let j = second.length
  while (i > 0 && j > 0) {
    if (first[i - 1] === second[j - 1]) {
      i--
      j--
      text[--at] = first[i]!
      if (run === undefined) {
        run = { firstStart: i, secondStart: j, size: 0 }
        matches.push(run)
      }
      run.firstStart = i
      run.secondStart = j
      run.size++
    } else {
      run = undefined
      if (lengths[(i - 1) * width + j]! > lengths[i * width + j - 1]!) i--
      else j--
    }
  }
  return { text, matches }
}

function replyMatches({ reply }: Call, matches: readonly Match[], size: number, options: Options): void {
  const shown = matches.filter((match) => BigInt(match.size) >= options.matchSizeMin)
  reply.map(2)
  reply.text('matches')
  reply.array(shown.length)
  for (const match of shown) {
    reply.array(options.matchSizes ? 3 : 2)
    for (const start of [match.firstStart, match.secondStart]) {
      reply.array(2)
      reply.integer(start)
      reply.integer(start + match.size - 1)
    }
    if (options.matchSizes) reply.integer(match.size)
  }
  reply.text('len')
  reply.integer(size)
}
