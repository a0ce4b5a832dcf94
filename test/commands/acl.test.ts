import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { TestBroker } from '../support/in-process.ts'

test('there is one user, which may do everything', () => {
  const client = new TestBroker().client()
  expect(client.call('ACL WHOAMI')).toBe('"default"')
  expect(client.call('ACL USERS')).toBe('["default"]')
  expect(client.call('ACL LIST')).toBe('["user default on nopass ~* &* +@all"]')
  expect(client.call('ACL GETUSER nobody')).toBe('$-1')
  expect(client.call('ACL GETUSER default')).toBe(
    '["flags", ["on", "nopass"], "passwords", [], "commands", "+@all", "keys", "~*", "channels", "&*", "selectors", []]',
  )
})

test('the password is shown by its digest only', () => {
  const client = new TestBroker().client()
  client.call('CONFIG SET requirepass secret')
  const digest = createHash('sha256').update('secret').digest('hex')
  expect(client.call('ACL LIST')).toBe(`["user default on #${digest} ~* &* +@all"]`)
})

test('commands are found by their category, subcommands too', () => {
  const client = new TestBroker().client()
  expect(client.call('ACL CAT')).toMatch(/^\["keyspace", "read", "write", .*"scripting"\]$/)
  const found = client.call('ACL CAT pubsub') ?? ''
  for (const name of ['publish', 'pubsub|numsub', 'ssubscribe']) expect(found).toContain(`"${name}"`)
  expect(found).not.toContain('"pubsub"')
  expect(client.call('ACL CAT nope')).toBe("-ERR Unknown category 'nope'")
})

test('users of one’s own are refused, not pretended', () => {
  const client = new TestBroker().client()
  expect(client.call('ACL SETUSER worker on nopass')).toBe("-ERR unknown subcommand 'SETUSER'. Try ACL HELP.")
})
