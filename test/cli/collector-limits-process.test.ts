import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { heapGrowingPercent } from '../../src/cli/collector-limits.ts'

const limits = fileURLToPath(new URL('../../dist/src/cli/collector-limits.js', import.meta.url))

test('a small heap may grow by 32 MiB, a large one by half of what it is', () => {
  expect(heapGrowingPercent(16 * 2 ** 20)).toBe(200)
  expect(heapGrowingPercent(64 * 2 ** 20)).toBe(50)
  expect(heapGrowingPercent(1000 * 2 ** 20)).toBe(50)
})

test('V8 knows the limits of its collector that are set', async () => {
  // It complains of what it does not know, and goes on.
  const program = `import { HeapGrowth, keepYoungGeneration } from ${JSON.stringify(limits)}
    new HeapGrowth().follow()
    keepYoungGeneration()`
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  expect(stderr).toBe('')
})
