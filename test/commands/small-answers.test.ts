/** Commands whose whole behaviour is one answer. */
import { expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

const call = (command: string): string | undefined => new TestBroker().client().call(command)

test.each(['ACL HELP', 'LATENCY HELP', 'MEMORY HELP', 'MODULE HELP', 'XINFO HELP'])(
  '%s begins with how the command is written and ends with itself',
  (command) => {
    const [name] = command.split(' ')
    const head = `[+"${name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:", `
    const tail = ', +"HELP", +"    '
    expect(call(command)?.slice(0, head.length)).toBe(head)
    expect(call(command)).toContain(tail)
    expect(call(`${command} more`)).toBe(
      `-ERR wrong number of arguments for '${command.toLowerCase().replace(' ', '|')}' command`,
    )
  },
)

test('CLIENT CACHING is for clients that track, which none does', () => {
  const text = 'CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled'
  expect(call('CLIENT CACHING YES')).toBe(`-ERR ${text}`)
})

test('COMMAND GETKEYSANDFLAGS tells of each key what is done to it', () => {
  expect(call('COMMAND GETKEYSANDFLAGS MSET a 1 b 2')).toBe('[["a", [+"OW", +"update"]], ["b", [+"OW", +"update"]]]')
  expect(call('COMMAND GETKEYSANDFLAGS LMOVE a b LEFT RIGHT')).toBe(
    '[["a", [+"RW", +"access", +"delete"]], ["b", [+"RW", +"insert"]]]',
  )
})

test('LOLWUT and the reports on memory are text', () => {
  expect(call('LOLWUT')).toMatch(/^"Millrace ver\. \S+\\n"$/)
  expect(call('MEMORY DOCTOR')).toMatch(/^"Keys and values take \d.* in use, .*"$/)
  expect(call('MEMORY MALLOC-STATS')).toBe('"Stats not supported for the current allocator"')
})
