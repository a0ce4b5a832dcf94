import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const limits = fileURLToPath(new URL('../../dist/src/cli/compiler-limits.js', import.meta.url))

test('V8 knows the limits of its compiler that are raised', async () => {
  const program = `import { raiseCompilerLimits } from ${JSON.stringify(limits)}; raiseCompilerLimits()`
  // What it does not know it complains of, and nothing else happens.
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  expect(stderr).toBe('')
})
