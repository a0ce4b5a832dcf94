import { constants } from 'node:buffer'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { Args } from '../../protocol/resp/args.ts'
import { bulkBytesMaxDefault } from '../../protocol/resp/request-parser.ts'
import { commandTable } from '../../src/commands/table.ts'
import { defaultLogLimits, recordBytesMax } from '../../src/log/log-limits.ts'
import { CommandIndex } from '../../src/server/command-index.ts'
import { redactedArguments } from '../../src/server/redaction.ts'
import { requestBytesMax, unknownCommand, unknownSubcommand } from '../../src/server/refusals.ts'
import { Slowlog } from '../../src/server/slowlog.ts'

/** The words, and behind them the longest argument there may be. It is memory that nobody writes to, so it takes none as
 *  long as nobody reads all of it. */
function withLargest(...words: string[]): Args {
  const args = Args.of(...words, '')
  const last = words.length
  const start = args.starts[last]!
  const bytes = new Uint8Array(start + bulkBytesMaxDefault + 2)
  bytes.set(args.bytes.subarray(0, start))
  bytes.fill(0x78, start, start + 200)
  args.bytes = bytes
  args.ends[last] = start + bulkBytesMaxDefault
  return args
}

const index = new CommandIndex(commandTable)
const shown = 'x'.repeat(128)

test('the largest argument is longer than a string can be', () => {
  expect(bulkBytesMaxDefault).toBeGreaterThan(constants.MAX_STRING_LENGTH)
})

test('a record holds twice the largest request, in parts that SQLite takes, and an argument alone may be too much for it', () => {
  expect(2 * requestBytesMax).toBeLessThan(recordBytesMax)
  const database = new Database(':memory:')
  const sizeOf = database.prepare('SELECT length(?)').pluck()
  const { recordPartBytesMax } = defaultLogLimits
  expect(sizeOf.get(new Uint8Array(recordPartBytesMax))).toBe(recordPartBytesMax)
  expect(() => sizeOf.get(new Uint8Array(bulkBytesMaxDefault))).toThrow('too big')
  database.close()
})

test('SLOWLOG keeps the beginning of the largest argument', () => {
  const slowlog = new Slowlog(() => 10)
  const args = withLargest('SET', 'key')
  slowlog.add(index.find(args, 0)!, args, 1, 1, '', '')
  expect(Buffer.from(slowlog.latest(1)[0]!.args[2]!).toString()).toBe(
    `${shown}... (${bulkBytesMaxDefault - 128} more bytes)`,
  )
})

test('texts about unknown commands quote the beginning of the largest argument', () => {
  expect(unknownCommand(withLargest('NOSUCH'))).toBe(
    `ERR unknown command 'NOSUCH', with args beginning with: '${shown}' `,
  )
  expect(unknownCommand(withLargest())).toBe(`ERR unknown command '${shown}', with args beginning with: `)
  const args = withLargest('OBJECT')
  expect(unknownSubcommand(index.find(args, 0)!, args)).toBe(`ERR unknown subcommand '${shown}'. Try OBJECT HELP.`)
})

test('passwords are looked for behind the name of a directive, whatever its length', () => {
  const args = withLargest('CONFIG', 'SET')
  // Only what has a value behind it is looked at.
  args.count++
  args.ends[3] = args.ends[2]!
  args.starts[3] = args.ends[2]!
  const config = index.find(args, 0)!.subcommands!.find(args, 1)!
  expect([...redactedArguments(config, args)]).toEqual([])
})
