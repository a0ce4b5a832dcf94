import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const limits = fileURLToPath(new URL('../../dist/src/cli/compiler-limits.js', import.meta.url))

test('V8 knows the limits of its compiler that are raised', async () => {
  // What it does not know it complains of, and nothing else happens.
  expect(
    await complaintsOf("import { setFlagsFromString } from 'node:v8'; setFlagsFromString('--no-such-limit=1')"),
  ).not.toBe('')
  const raise = `import { raiseCompilerLimits } from ${JSON.stringify(limits)}; raiseCompilerLimits()`
  expect(await complaintsOf(raise)).toBe('')
})

async function complaintsOf(program: string): Promise<string> {
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  return stderr
}
