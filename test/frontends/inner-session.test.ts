import { afterEach, expect, test } from 'vitest'
import { EventLoop } from '../../src/cli/event-loop.ts'
import {
  CommandRefused,
  InnerSession,
  type InnerSessionOptions,
  SessionClosed,
} from '../../src/frontends/inner-session.ts'
import { isPush } from '../../src/frontends/json/reply-json.ts'
import { TestBroker } from '../support/in-process.ts'

const open: InnerSession[] = []
const loops: EventLoop[] = []

function begin(): TestBroker {
  const test = new TestBroker()
  const loop = new EventLoop(test.broker)
  loop.start()
  loops.push(loop)
  return test
}

function enter(test: TestBroker, options: InnerSessionOptions = {}): InnerSession {
  const inner = InnerSession.open(test.broker, options)
  open.push(inner)
  return inner
}

afterEach(() => {
  for (const inner of open.splice(0)) inner.close()
  for (const loop of loops.splice(0)) loop.stop()
})

test('a call answers with the bytes of RESP3, or as JSON', async () => {
  const inner = enter(begin())
  expect((await inner.call(['HSET', 'h', 'a', '1'])).toString()).toBe(':1\r\n')
  expect((await inner.call(['HGETALL', 'h'])).toString()).toBe('%1\r\n$1\r\na\r\n$1\r\n1\r\n')
  expect(await inner.callJson(['HGETALL', 'h'])).toEqual({ json: '{"a":"1"}', fault: undefined })
  expect((await inner.callJson(['LPUSH', 'h', 'x'])).fault?.code).toBe('WRONGTYPE')
})

test('calls are answered in their order, one that blocks when its time has come', async () => {
  const test = begin()
  const [waiting, other] = [enter(test), enter(test)]
  const heard: string[] = []
  const first = waiting.callJson(['BLPOP', 'q', '0']).then(({ json }) => heard.push(json))
  const second = waiting.callJson(['PING']).then(({ json }) => heard.push(json))
  await other.call(['RPUSH', 'q', 'job'])
  await Promise.all([first, second])
  expect(heard).toEqual(['["q","job"]', '"PONG"'])
})

test('pushes go apart from replies, also those that confirm', async () => {
  const test = begin()
  const pushed: string[] = []
  const inner = enter(test, {
    onPush: (bytes, start, end) => {
      expect(isPush(bytes, start)).toBe(true)
      pushed.push(bytes.toString('latin1', start, end))
    },
  })
  expect(await inner.subscribe('SUBSCRIBE', 'news')).toBeUndefined()
  expect(await inner.callJson(['PUBLISH', 'news', 'a'])).toEqual({ json: '1', fault: undefined })
  expect(await inner.unsubscribe('UNSUBSCRIBE', 'news')).toBeUndefined()
  expect((await inner.callJson(['PUBLISH', 'news', 'b'])).json).toBe('0')
  expect(pushed).toEqual(['>3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\na\r\n'])
})

test('what changes how a connection answers is refused, by whatever name', () => {
  const inner = enter(begin())
  for (const command of [
    ['subscribe', 'a'],
    ['MONITOR'],
    ['HELLO', 2],
    ['RESET'],
    ['client', 'reply', 'off'],
    ['QUIT'],
  ]) {
    expect(() =>
      inner.request(
        command.map(String),
        () => {},
        () => {},
      ),
    ).toThrow(CommandRefused)
  }
  expect(inner.pendingCount).toBe(0)
})

test('it has the rights of its user, and goes when the user goes', async () => {
  const test = begin()
  const admin = enter(test)
  await admin.call(['ACL', 'SETUSER', 'reader', 'on', '>secret', '~news:*', '&*', '+@read'])
  const user = test.broker.acl.users.find('reader')
  let isTold = false
  const inner = enter(test, { user, onClose: () => (isTold = true), name: 'a-reader', libraryName: 'millrace-http' })
  expect((await inner.callJson(['GET', 'news:1'])).json).toBe('null')
  expect((await inner.callJson(['GET', 'other'])).fault?.code).toBe('NOPERM')
  expect((await inner.callJson(['SET', 'news:1', 'x'])).fault?.code).toBe('NOPERM')
  expect((await admin.callJson(['CLIENT', 'LIST'])).json).toMatch(
    /name=a-reader .*user=reader .*lib-name=millrace-http/,
  )
  const cut = expect(inner.call(['XREAD', 'BLOCK', '0', 'STREAMS', 'news:1', '$'])).rejects.toThrow(SessionClosed)
  await admin.call(['ACL', 'DELUSER', 'reader'])
  await cut
  expect(isTold).toBe(true)
  await expect(inner.call(['PING'])).rejects.toThrow(SessionClosed)
})

test('a password is asked for where there is one, and who is turned away knows why', async () => {
  const test = begin()
  test.broker.config.assign('requirepass', ['secret'])
  test.broker.acl.setDefaultPassword(Buffer.from('secret'))
  const inner = enter(test)
  expect((await inner.callJson(['GET', 'a'])).fault?.code).toBe('NOAUTH')
  expect((await inner.callJson(['AUTH', 'secret'])).json).toBe('"OK"')
  expect((await inner.callJson(['GET', 'a'])).json).toBe('null')
  test.broker.config.assign('maxclients', ['1'])
  const late = enter(test)
  expect(late.refusal).toEqual({ code: 'ERR', message: 'ERR max number of clients reached' })
  expect(late.isClosed).toBe(true)
  await expect(late.call(['PING'])).rejects.toThrow('ERR max number of clients reached')
})

test('CLIENT KILL ends it, and closing it leaves nothing behind', async () => {
  const test = begin()
  const admin = enter(test)
  const inner = enter(test)
  const killed = expect(inner.call(['BLPOP', 'q', '0'])).rejects.toThrow(SessionClosed)
  expect((await admin.callJson(['CLIENT', 'KILL', 'ID', String(inner.session.id)])).json).toBe('1')
  await killed
  const other = enter(test)
  const cut = expect(other.call(['BLPOP', 'q', '0'])).rejects.toThrow(SessionClosed)
  other.close()
  await cut
  expect(test.broker.sessions.size).toBe(1)
  expect(test.broker.waiters.count).toBe(0)
})
