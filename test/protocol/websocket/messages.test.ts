import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import {
  checkServerMessage,
  isOwnMethod,
  MessageFault,
  readNotification,
  readParams,
  readRpcRequest,
} from '../../../protocol/websocket/messages.ts'

interface Described {
  payload: { properties?: { method?: { const?: string } } }
  examples: { payload: { method?: string; params?: unknown } }[]
}

const api = parse(readFileSync('protocol/asyncapi.yaml', 'utf8'))
const messages: Record<string, Described> = api.components.messages
const namesOf = (operation: string): string[] =>
  api.operations[operation].messages.map(({ $ref }: { $ref: string }) => $ref.split('/').at(-1))

const examples = (operations: readonly string[]): [string, { method?: string; params?: unknown }][] =>
  operations
    .flatMap(namesOf)
    .flatMap((name) =>
      messages[name]!.examples.map(({ payload }) => [name, payload] as const).map(
        ([a, b]) => [a, b] as [string, typeof b],
      ),
    )

describe('asyncapi.yaml', () => {
  test.each(examples(['request']))('the example of %s is a request', (_name, payload) => {
    const { method, params } = readRpcRequest(payload)
    if (isOwnMethod(method)) readParams[method](params, 'params')
  })

  test.each(examples(['answer', 'notify']))('the example of %s is what the server may send', (_name, payload) => {
    checkServerMessage(payload)
  })

  test('describes every method and notification, and no others', () => {
    const described = Object.values(messages).flatMap(({ payload }) => payload.properties?.method?.const ?? [])
    expect(described.sort()).toEqual([...Object.keys(readParams), ...Object.keys(readNotification)].sort())
    expect(new Set(['request', 'answer', 'notify'].flatMap(namesOf))).toEqual(new Set(Object.keys(messages)))
    expect(Object.keys(api.channels.socket.messages).sort()).toEqual(Object.keys(messages).sort())
  })
})

describe('what is no message', () => {
  test.each<[unknown, string]>([
    [1, 'the request must be an object'],
    [{ jsonrpc: '2.0' }, 'the request.method must be a string'],
    [{ jsonrpc: '2.0', method: 'a', id: true }, 'the request.id must be a string'],
    [{ jsonrpc: '2.0', method: 'a', params: 1 }, 'the request.params must be an array or an object'],
    [{ jsonrpc: '2.0', method: 'a', extra: 1 }, 'the request.extra must be left out'],
  ])('%j', (value, message) => {
    expect(() => readRpcRequest(value)).toThrow(new MessageFault(message))
  })

  test.each<[unknown, string]>([
    [{ jsonrpc: '2.0', method: 'nothing', params: {} }, 'method must be one of the server'],
    [{ jsonrpc: '2.0', id: 1 }, 'a response must be a result or an error with an id'],
    [{ jsonrpc: '2.0', id: 1, error: { code: 'x', message: '' } }, 'error.code must be an integer'],
    [
      {
        jsonrpc: '2.0',
        method: 'stream.entries',
        params: { subscription: 's', entries: [{ id: '1-0', fields: [['a']] }] },
      },
      'params.entries[0].fields[0] must be a pair',
    ],
  ])('%j', (value, message) => {
    expect(() => checkServerMessage(value)).toThrow(new MessageFault(message))
  })

  test('a name that only an object inherits is no method', () => {
    expect(isOwnMethod('toString')).toBe(false)
    expect(isOwnMethod('constructor')).toBe(false)
  })
})
