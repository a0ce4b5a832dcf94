import { describe, expect, test } from 'vitest'
import { packRows } from '../../src/log/row-packing.ts'
import { SteppedWriter } from './faulty-store.ts'
import { bytes, row, scratchPath } from './scratch-log.ts'

/** The calls of a writer, those that matter to fsync policies: each commit with whether it was synced. */
function recorded(policy: 'always' | 'everysec' | 'no', limits = {}) {
  const commits: boolean[] = []
  const stepped: SteppedWriter = new SteppedWriter(
    scratchPath(),
    (_call, name) => {
      if (name === 'commit') commits.push(stepped.store.isSynced)
    },
    policy,
    limits,
  )
  return { stepped, commits }
}

describe('the fsync policy', () => {
  test('always syncs each commit that holds records, and one commit takes all that wait', () => {
    const { stepped, commits } = recorded('always')
    for (let index = 0; index < 50; index++) stepped.source.push(bytes('x'), 1)
    stepped.run()
    expect(commits).toEqual([true])
    expect(stepped.durable).toEqual([50])
  })

  test('always begins the next commit after a shared one when half as many bytes wait, or a moment later', () => {
    const { stepped } = recorded('always')
    for (let index = 0; index < 50; index++) stepped.source.push(bytes('four'), 1)
    expect(stepped.writer.step()).toBe(0.3)
    expect(stepped.writer.enoughBytes).toBe(100)
    stepped.source.push(bytes('alone'), 1)
    expect(stepped.writer.step()).toBe(0)
  })

  test('everysec commits without a sync, gathers, and syncs once a second as long as there is something to sync', () => {
    const { stepped, commits } = recorded('everysec')
    stepped.source.push(bytes('x'), 1)
    expect(stepped.writer.step()).toBe(10)
    expect(stepped.writer.enoughBytes).toBe(Number.POSITIVE_INFINITY)
    expect(stepped.durable).toEqual([1])
    expect(commits).toEqual([false])
    stepped.nowMs = 10
    expect(stepped.writer.step()).toBe(990)
    expect(stepped.writer.enoughBytes).toBe(0)
    stepped.nowMs = 1000
    expect(stepped.writer.step()).toBe(0)
    expect(commits).toEqual([false, true])
    expect(stepped.writer.step()).toBe(Number.POSITIVE_INFINITY)
    stepped.nowMs = 5000
    expect(stepped.writer.step()).toBe(Number.POSITIVE_INFINITY)
    expect(commits).toEqual([false, true])
  })

  test('everysec under load lets every record of a second share one sync', () => {
    const { stepped, commits } = recorded('everysec')
    for (let index = 0; index < 3000; index++) {
      stepped.source.push(bytes('x'), 1)
      stepped.writer.step()
      stepped.nowMs++
    }
    expect(commits.filter((synced) => synced)).toHaveLength(2)
  })

  test('no never syncs by itself', () => {
    const { stepped, commits } = recorded('no')
    for (let index = 0; index < 3000; index++) {
      stepped.source.push(bytes('x'), 1)
      stepped.writer.step()
      stepped.nowMs++
    }
    expect(commits).not.toContain(true)
    expect(stepped.durable.at(-1)).toBe(3000)
  })

  test('a flush is synced under every policy, also when all is committed already', () => {
    const { stepped, commits } = recorded('no')
    stepped.source.push(bytes('x'), 1)
    stepped.run()
    stepped.writer.flush(3, 1)
    stepped.run()
    expect(commits).toEqual([false, true])
    expect(stepped.flushed).toEqual([3])
  })

  test('a flush waits for records that have not come yet', () => {
    const { stepped } = recorded('no')
    stepped.writer.flush(3, 2)
    stepped.source.push(bytes('x'), 1)
    stepped.writer.step()
    expect(stepped.flushed).toEqual([])
    stepped.source.push(bytes('x'), 1)
    stepped.writer.step()
    expect(stepped.flushed).toEqual([3])
  })

  test('a change to always syncs what was committed without', () => {
    const { stepped, commits } = recorded('no')
    stepped.source.push(bytes('x'), 1)
    stepped.run()
    stepped.writer.setPolicy('always')
    stepped.run()
    expect(commits).toEqual([false, true])
  })
})

describe('a transaction', () => {
  test('holds at most batchBytesMax of records, plus one', () => {
    const { stepped, commits } = recorded('always', { batchBytesMax: 100 })
    for (let index = 0; index < 100; index++) stepped.source.push(bytes('0123456789'), 1)
    stepped.run()
    expect(commits).toHaveLength(10)
  })

  test('holds only a slice of a checkpoint, by bytes', () => {
    const { stepped } = recorded('always', { rowBytesMax: 1000 })
    const stored = () => stepped.store.inner.database.prepare('SELECT count(*) FROM checkpoint_row').pluck().get()
    stepped.writer.beginCheckpoint(1, 0)
    stepped.writer.addRows(packRows(Array.from({ length: 100 }, () => row('k', 'v'.repeat(469)))))
    stepped.source.push(bytes('x'), 1)
    stepped.writer.step()
    expect(stored()).toBe(2)
    expect(stepped.durable).toEqual([1])
    stepped.writer.step()
    expect(stored()).toBe(4)
  })

  test('holds only a slice of a checkpoint, by time', () => {
    const stepped: SteppedWriter = new SteppedWriter(scratchPath(), (_call, name) => {
      if (name === 'insertRow') stepped.nowMs += 0.75
    })
    stepped.writer.beginCheckpoint(1, 0)
    stepped.writer.addRows(packRows(Array.from({ length: 10 }, () => row('k', 'v'))))
    stepped.writer.step()
    expect(stepped.store.inner.state.nextRowId - 1).toBe(3)
    stepped.run()
    expect(stepped.store.inner.state.nextRowId - 1).toBe(10)
  })

  test('completes a checkpoint only when every record it folds is committed', () => {
    const { stepped } = recorded('always')
    stepped.writer.beginCheckpoint(1, 2)
    stepped.writer.addRows(packRows([row('k', 'v')]))
    stepped.writer.endCheckpoint()
    stepped.source.push(bytes('one'), 1)
    stepped.run()
    expect(stepped.checkpoints).toEqual([])
    stepped.source.push(bytes('two'), 1)
    stepped.run()
    expect(stepped.checkpoints).toEqual([undefined])
  })
})
