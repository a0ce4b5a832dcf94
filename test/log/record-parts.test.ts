import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { LogDamagedError } from '../../src/log/log-errors.ts'
import { verifyLog } from '../../src/log/verify.ts'
import { bytes, openLog, recover, recoverFile, scratchPath } from './scratch-log.ts'

const limits = { recordPartBytesMax: 100 }
const sizes = [50, 100, 101, 0, 1000, 199, 200, 201]
const texts = sizes.map((size, index) => String.fromCharCode(97 + index).repeat(size))

async function written(path: string): Promise<void> {
  const log = await openLog(path, { limits })
  for (const [index, text] of texts.entries()) log.append(bytes(text), index)
  await log.close()
}

/** What the file answers, asked while nobody has it open. */
function ask(path: string, sql: string): unknown {
  const file = new Database(path)
  const answer = file.prepare(sql).pluck().all()
  file.close()
  return answer
}

describe('records that are larger than a row may be', () => {
  test('come back whole and in order', async () => {
    const path = scratchPath()
    await written(path)
    expect((await recoverFile(path)).texts).toEqual(texts)
    expect(verifyLog(path)).toMatchObject({ isSound: true, records: texts.length })
    expect(ask(path, 'SELECT length(bytes) FROM record_part WHERE position = 5')).toEqual(Array(9).fill(100))
  })

  test('make the file one of a newer format, which it is not without them', async () => {
    const path = scratchPath()
    const log = await openLog(path, { limits })
    log.append(bytes('x'.repeat(100)), 1)
    await log.flush()
    await log.close()
    expect(ask(path, 'SELECT user_version FROM pragma_user_version')).toEqual([1])
    const again = await openLog(path, { limits })
    await recover(again)
    again.append(bytes('x'.repeat(101)), 1)
    await again.close()
    expect(ask(path, 'SELECT user_version FROM pragma_user_version')).toEqual([2])
  })

  test('go with all their parts when a checkpoint has folded them', async () => {
    const path = scratchPath()
    await written(path)
    const log = await openLog(path, { limits })
    await recover(log)
    await log.beginCheckpoint().commit()
    log.append(bytes('z'.repeat(250)), 9)
    await log.flush()
    await log.close()
    const again = await openLog(path, { limits })
    const { texts: left } = await recover(again)
    expect(left).toEqual(['z'.repeat(250)])
    await again.flush()
    await again.close()
    expect(ask(path, 'SELECT DISTINCT position FROM record_part')).toEqual([9])
  })

  test.each(['DELETE FROM record_part WHERE id = 3', "UPDATE record_part SET bytes = x'00' WHERE id = 3"])(
    'are damaged when a part is: %s',
    async (sql) => {
      const path = scratchPath()
      await written(path)
      const file = new Database(path)
      expect(file.prepare(sql).run().changes).toBe(1)
      file.close()
      const log = await openLog(path, { limits })
      await expect(recover(log)).rejects.toThrow(LogDamagedError)
      await log.close()
      expect(verifyLog(path).isSound).toBe(false)
    },
  )
})
