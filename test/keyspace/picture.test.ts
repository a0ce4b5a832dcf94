import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Picture, type PicturedTable } from '../../src/keyspace/picture.ts'
import type { WireRun } from '../../src/lib/wire-run.ts'

/** A table of texts, the plainest that can be pictured. */
class TextTable implements PicturedTable {
  readonly texts: (string | undefined)[] = []
  readonly map: PicturedTable['map']
  readonly rows = { words: new Uint32Array(32), rowWords: 1 }
  readonly markWord = 0
  picture: Picture | undefined
  copies = 0

  constructor() {
    const { texts } = this
    this.map = {
      get entryLimit() {
        return texts.length
      },
      has: (entry) => texts[entry] !== undefined,
    }
  }

  write(entry: number, run: WireRun): void {
    this.copies++
    const bytes = Buffer.from(this.texts[entry]!)
    run.bulk(bytes, 0, bytes.length)
  }

  add(entry: number, text: string): void {
    this.texts[entry] = text
    this.picture?.added(entry)
  }

  change(entry: number, text: string | undefined): void {
    this.picture?.beforeChange(entry)
    this.texts[entry] = text
  }
}

/** The texts in the runs. */
function textsIn(runs: Iterable<Uint8Array>): string[] {
  const bytes = Buffer.concat([...runs]).toString('latin1')
  return bytes.split('\r\n').filter((line, i) => i % 2 === 1 && line !== '')
}

const long = 'x'.repeat(40_000)

describe('Picture', () => {
  test('holds what was there when it was taken, whatever happens while it is read', () => {
    const steps = fc.array(
      fc.record({ entry: fc.nat(11), kind: fc.constantFrom('set', 'remove', 'read'), isLong: fc.boolean() }),
    )
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 10 }), steps, (filled, all) => {
        const table = new TextTable()
        for (const [entry, isFilled] of filled.entries())
          table.texts[entry] = isFilled ? `old ${entry} ${long}` : undefined
        const expected = table.texts.filter((text) => text !== undefined)
        table.picture = new Picture(table, 1)
        const runs = table.picture[Symbol.iterator]()
        const read: Uint8Array[] = []
        for (const [i, { entry, kind, isLong }] of all.entries()) {
          if (kind === 'read') {
            const { done, value } = runs.next()
            if (done !== true) read.push(value)
          } else if (kind === 'set') {
            if (table.map.has(entry)) table.change(entry, `new ${i}`)
            else table.add(entry, `added ${i} ${isLong ? long : ''}`)
          } else if (table.map.has(entry)) table.change(entry, undefined)
        }
        for (const run of runs) read.push(run)
        expect(textsIn(read).sort()).toEqual(expected.sort())
      }),
    )
  })

  test('a second picture of the same table holds everything again', () => {
    const table = new TextTable()
    table.texts.push('a', 'b')
    expect(textsIn(new Picture(table, 1))).toEqual(['a', 'b'])
    expect(textsIn(new Picture(table, 2))).toEqual(['a', 'b'])
  })

  test('runs are of limited size', () => {
    const table = new TextTable()
    for (let i = 0; i < 10; i++) table.texts.push(long)
    const runs = [...new Picture(table, 1)]
    expect(runs.length).toBeGreaterThan(3)
    for (const run of runs) expect(run.length).toBeLessThan(2 * 64 * 1024)
  })

  test('copies nothing more when its reader has left, be it before the first run', () => {
    for (const runsRead of [0, 1]) {
      const table = new TextTable()
      for (let i = 0; i < 10; i++) table.texts.push(long)
      table.picture = new Picture(table, 1)
      const runs = table.picture[Symbol.iterator]()
      for (let i = 0; i < runsRead; i++) runs.next()
      table.change(9, 'changed')
      const copied = table.copies
      runs.return?.()
      table.change(8, 'changed')
      table.change(7, undefined)
      expect(table.copies).toBe(copied)
      expect(runs.next()).toEqual({ done: true, value: undefined })
      expect(textsIn(new Picture(table, 2)), 'the next one holds everything').toHaveLength(9)
    }
  })
})
