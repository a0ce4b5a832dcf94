import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireItems } from '../../src/lib/wire-items.ts'

const wire = (text: string): Buffer => Buffer.from(`$${Buffer.byteLength(text)}\r\n${text}\r\n`)

function itemsOf(items: WireItems): string[] {
  const found: string[] = []
  for (let at = 0; at < items.size; at = items.end(at)) {
    found.push(Buffer.from(items.bytes.subarray(items.contentStart(at), items.end(at) - 2)).toString())
  }
  return found
}

const texts = fc.oneof(fc.constantFrom('', 'a', 'b', '$1\r\na\r\n', 'x'.repeat(9), 'y'.repeat(120)), fc.string())

describe('WireItems', () => {
  test('keeps what a naive list keeps', () => {
    const step = fc.record({ kind: fc.constantFrom('append', 'replace', 'remove'), at: fc.nat(), text: texts })
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const items = new WireItems()
        const twin: string[] = []
        for (const { kind, at, text } of steps) {
          const index = twin.length === 0 ? 0 : at % twin.length
          const offset = twin.length === 0 ? 0 : items.nth(index)
          const bytes = wire(text)
          if (kind === 'append' || twin.length === 0) {
            items.append(bytes, 0, bytes.length)
            twin.push(text)
          } else if (kind === 'replace') {
            items.splice(offset, items.end(offset), bytes, 0, bytes.length)
            twin[index] = text
          } else {
            items.remove(offset, items.end(offset))
            twin.splice(index, 1)
          }
          expect(itemsOf(items)).toEqual(twin)
          expect(itemsOf(items.clone())).toEqual(twin)
          const wanted = Buffer.from(text)
          const found = items.find(wanted, 0, wanted.length)
          expect(found).toBe(twin.includes(text) ? items.nth(twin.indexOf(text)) : -1)
        }
      }),
    )
  })

  test('finds among every second item only', () => {
    const items = new WireItems()
    for (const text of ['a', 'b', 'c', 'a', 'b', 'd']) items.append(wire(text), 0, wire(text).length)
    const find = (text: string, from = 0): number => items.find(Buffer.from(text), 0, text.length, 2, from)
    expect(find('b')).toBe(items.nth(4))
    expect(find('d')).toBe(-1)
    expect(find('a', items.nth(1))).toBe(items.nth(3))
  })

  test('many small appends do not take twice the memory that they need', () => {
    const items = new WireItems()
    for (let i = 0; i < 1000; i++) items.append(wire('abcdefgh'), 0, wire('abcdefgh').length)
    expect(items.bytes.length).toBeLessThan(items.size * 1.3)
  })
})
