/** Help for the command line, from the facts of the commands themselves. */
import { describe, expect, test } from 'vitest'
import { commandTable } from '../../src/commands/table.ts'
import { commandOf, completionsOf, readCommandDocs } from '../../src/frontends/console/lib/completion.ts'
import { asEntries, asPairs, ErrorReply } from '../../src/frontends/console/lib/read-reply.ts'
import { ReplyParser } from '../../src/frontends/console/lib/resp.ts'
import type { Connection } from '../../src/server/session.ts'
import { TestBroker } from '../support/in-process.ts'

/** What COMMAND DOCS answers, as bytes. */
function askDocs(): Uint8Array {
  const pieces: Buffer[] = []
  const nothing = (): void => {}
  const connection: Connection = {
    isDrained: true,
    pendingBytes: 0,
    remoteAddress: '127.0.0.1:1',
    localAddress: '127.0.0.1:2',
    write: (bytes) => void pieces.push(Buffer.from(bytes)),
    cork: nothing,
    uncork: nothing,
    pause: nothing,
    resume: nothing,
    end: nothing,
    finish: () => Promise.resolve(),
    destroy: nothing,
  }
  const { broker } = new TestBroker()
  const session = broker.connect(connection)
  broker.receive(session, Buffer.from('*2\r\n$7\r\nCOMMAND\r\n$4\r\nDOCS\r\n'))
  broker.endTurn()
  return Buffer.concat(pieces)
}

describe('help from COMMAND DOCS', () => {
  const commands = readCommandDocs(new ReplyParser().take(askDocs())[0]!)

  test('names every command and subcommand', () => {
    const names = commandTable.flatMap(({ name, subcommands }) =>
      subcommands === undefined ? [name] : subcommands.map((each) => `${name} ${each.name}`),
    )
    expect(commands.map(({ name }) => name)).toEqual(names.map((name) => name.toUpperCase()).sort())
  })

  test('has the syntax as the manual writes it', () => {
    const syntaxOf = (name: string): string | undefined => commands.find((each) => each.name === name)?.syntax
    expect(syntaxOf('XACK')).toBe('key group id [id ...]')
    expect(syntaxOf('XGROUP CREATE')).toBe('key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]')
    expect(syntaxOf('LPOP')).toBe('key [count]')
  })

  test('completes what was typed', () => {
    expect(completionsOf('xgroup c', commands).map(({ name }) => name)).toEqual([
      'XGROUP CREATE',
      'XGROUP CREATECONSUMER',
    ])
    expect(completionsOf('', commands)).toEqual([])
    expect(commandOf('xgroup create s g $', commands)?.name).toBe('XGROUP CREATE')
    expect(commandOf('get', commands)?.name).toBe('GET')
    expect(commandOf('gett', commands)).toBeUndefined()
  })
})

describe('replies', () => {
  const parse = (text: string) => new ReplyParser().take(Buffer.from(text))[0]!

  test('are entries, but for those that are gone', () =>
    expect(asEntries(parse('*2\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n*2\r\n$3\r\n2-0\r\n*-1\r\n'))).toEqual(
      [{ id: '1-0', fields: [['a', 'b']] }],
    ))

  test('are pairs in RESP2 and in RESP3', () => {
    expect(asPairs(parse('*2\r\n+a\r\n+b\r\n'))).toHaveLength(1)
    expect(asPairs(parse('%1\r\n+a\r\n+b\r\n'))).toHaveLength(1)
    expect(asPairs(parse('*2\r\n*2\r\n+a\r\n+b\r\n*2\r\n+c\r\n+d\r\n'))).toHaveLength(2)
  })

  test('that are errors are thrown', () => {
    expect(() => asPairs(parse('-NOGROUP no\r\n'))).toThrow(ErrorReply)
    expect(new ErrorReply('NOGROUP no').code).toBe('NOGROUP')
  })
})
