/** The doorman's process by itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { canStopReading, stopReading } from '../../src/frontends/direct-io.ts'
import { cannotHandOver } from '../../src/frontends/doorman-frames.ts'
import { connectToOurselves } from '../../src/frontends/loopback.ts'

const program = 'dist/src/frontends/doorman-process.js'

/** Takes from all handles what stops reading, as another Node might. */
const otherNode = `data:text/javascript,${encodeURIComponent(`
import { connect } from 'node:net'
let prototype = connect({ path: '/' }).on('error', () => {})._handle
while (!Object.hasOwn(prototype, 'readStop')) prototype = Object.getPrototypeOf(prototype)
delete prototype.readStop
`)}`

test.skipIf(!existsSync(program))('says so when it can hand nothing over with the Node that runs it', async () => {
  const child = spawn(process.execPath, ['--import', otherNode, program, '511', '0'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'],
  })
  expect(await once(child, 'exit')).toEqual([cannotHandOver, null])
})

test('reading is stopped where the handle has a way, and nothing is thrown where it has none', async () => {
  const { ours, theirs } = await connectToOurselves()
  expect(canStopReading(theirs)).toBe(true)
  expect(stopReading(theirs)).toBe(true)
  let arrived = 0
  theirs.on('data', (chunk: Buffer) => {
    arrived += chunk.length
  })
  stopReading(theirs)
  ours.write('one')
  // What went later has come back: had anything been read, it would have come before.
  const other = await connectToOurselves()
  other.ours.write('two')
  await once(other.theirs, 'data')
  expect(arrived).toBe(0)
  for (const each of [ours, theirs, other.ours, other.theirs]) each.destroy()
  expect(stopReading(theirs)).toBe(false)
  expect(stopReading(Object.assign(new Socket(), { _handle: {} }))).toBe(false)
})
