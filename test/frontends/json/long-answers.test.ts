import { expect, test } from 'vitest'
import { asRefusal, statusOf } from '../../../src/frontends/http/ask.ts'
import { toJson } from '../../../src/frontends/inner-session.ts'
import { AnswerTooLong, JsonWriter } from '../../../src/frontends/json/json-writer.ts'
import { AnswerBatch } from '../../../src/frontends/websocket/rpc-answers.ts'

const list = (count: number, item: string): Buffer =>
  Buffer.from(`*${count}\r\n${`$${item.length}\r\n${item}\r\n`.repeat(count)}`, 'latin1')

test('an answer up to the limit is text, a longer one an error that HTTP answers 413', () => {
  const text = list(10, 'x'.repeat(97))
  expect(toJson(text, 0, new JsonWriter(1001)).json).toBe(JSON.stringify(Array(10).fill('x'.repeat(97))))
  const { json, fault } = toJson(text, 0, new JsonWriter(1000))
  expect(JSON.parse(json)).toEqual({ error: fault })
  expect(fault).toMatchObject({ code: 'LIMIT', message: expect.stringContaining('1000 bytes') })
  expect(statusOf(fault!)).toBe(413)
  expect(asRefusal(new AnswerTooLong(1000))).toMatchObject({ status: 413, code: 'LIMIT' })
})

test.each([
  ['a string', 'x'.repeat(5000)],
  ['what becomes longer by escapes', '\0'.repeat(900)],
  ['what becomes longer as base64', '\xff'.repeat(900)],
])('%s that is too long is found out, and the writer begins anew', (_what, item) => {
  const writer = new JsonWriter(1000)
  expect(toJson(list(1, item), 0, writer).fault?.code).toBe('LIMIT')
  expect(toJson(list(1, 'short'), 0, writer).json).toBe('["short"]')
})

test('base64 in pieces is that of the whole', () => {
  const bytes = Buffer.alloc(7 * 1024 * 1024 + 1, 0xfe)
  const writer = new JsonWriter()
  writer.string(bytes, 0, bytes.length)
  expect(writer.takeText()).toBe(`{"base64":"${bytes.toString('base64')}"}`)
})

test('a batch up to the limit is one message, a longer one an error', () => {
  const payload = (frame: Buffer | undefined): unknown => JSON.parse(frame!.toString().replace(/^[^[{]*/, ''))
  const answers = (bytesMax: number): Buffer | undefined => {
    const batch = new AnswerBatch(3, bytesMax)
    expect(batch.add(Buffer.from('"first"'))).toBeUndefined()
    expect(batch.add(undefined)).toBeUndefined()
    return batch.add(Buffer.from('"second"'))
  }
  expect(payload(answers(15))).toEqual(['first', 'second'])
  expect(payload(answers(14))).toMatchObject({ id: null, error: { data: { code: 'LIMIT' } } })
})
