/** From totals to figures. */
import { describe, expect, test } from 'vitest'
import * as figures from '../../src/frontends/console/lib/figures.ts'

const info = figures.parseInfo(
  '# Stats\r\ntotal:5\r\n# Commandstats\r\ncmdstat_xadd:calls=3,usec=9,usec_per_call=3.00\r\ncmdstat_lpop:calls=2,usec=1\r\ncmdstat_xinfo|groups:calls=9\r\n# Keyspace\r\ndb0:keys=7,expires=0,avg_ttl=0\r\ndb3:keys=1,expires=0\r\n',
)

describe('INFO', () => {
  test('is read line by line', () => expect(info.get('total')).toBe('5'))

  test('tells how often commands were called, and which of them move messages', () => {
    const calls = figures.commandCalls(info)
    expect(calls.get('xinfo|groups')).toBe(9)
    expect(figures.messagesIn(calls)).toBe(3)
    expect(figures.messagesTaken(calls)).toBe(2)
  })

  test('tells the sizes of databases', () =>
    expect(figures.databaseSizes(info)).toEqual(
      new Map([
        [0, 7],
        [3, 1],
      ]),
    ))
})

describe('a rate', () => {
  test('is what came in a second', () => expect(figures.rate(100, 150, 2000)).toBe(25))
  test('counts from nothing when the counter was reset', () => expect(figures.rate(100, 10, 1000)).toBe(10))
  test('is nothing in no time', () => expect(figures.rate(1, 2, 0)).toBe(0))
})

describe('the time that a chart shows', () => {
  test('is what it has', () => expect(figures.timeWindow(100, 400, 400)).toEqual([100, 400]))
  test('is a minute when it has just begun', () => expect(figures.timeWindow(395, 400, 401)).toEqual([340, 400]))
  test('is the last minute when nothing was seen', () =>
    expect(figures.timeWindow(null, null, 400)).toEqual([340, 400]))
  test('does not go on after now', () => expect(figures.timeWindow(399, 399 + 86400, 400)).toEqual([340, 400]))
})

describe('histograms', () => {
  const first = new Map([
    [1, 2],
    [4, 5],
  ])
  const second = new Map([
    [4, 1],
    [16, 3],
  ])

  test('of commands are put together by bucket', () =>
    expect(figures.bucketsOf([first, second])).toEqual(
      new Map([
        [1, 2],
        [4, 4],
        [16, 2],
      ]),
    ))

  test('of commits are a line of INFO, which is empty or missing where there were none', () => {
    const read = (line: string) => figures.commitHistogram(new Map([['log_commit_histogram_usec', line]]))
    expect(read('132=2,264=5')).toEqual(
      new Map([
        [132, 2],
        [264, 5],
      ]),
    )
    expect(read('').size + figures.commitHistogram(new Map()).size).toBe(0)
  })

  test('grow, and the growth has quantiles', () => {
    const grown = figures.bucketGrowth(figures.bucketsOf([first]), figures.bucketsOf([first, second]))
    expect(grown).toEqual(
      new Map([
        [4, 1],
        [16, 2],
      ]),
    )
    expect(figures.quantile(grown, 0.3)).toBe(4)
    expect(figures.quantile(grown, 0.5)).toBe(16)
    expect(figures.quantile(new Map(), 0.5)).toBeUndefined()
  })
})

test('a series forgets its oldest values', () => {
  const series = new figures.Series(1, 2)
  series.add(1, 10)
  series.add(2, undefined)
  series.add(3, 30)
  expect(series.columns).toEqual([
    [2, 3],
    [null, 30],
  ])
  expect(series.last(0)).toBe(30)
})
