/** What a page loads when it uses the client: little, and nothing besides. */
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { expect, test } from 'vitest'

const gzippedBytesMax = 5000

test('bundled and minified the client is below 5 KB, and needs nothing else', async () => {
  const [bundle] = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, lib: { entry: 'src/client/client.ts', formats: ['es'] }, minify: true, target: 'es2022' },
  })) as unknown as { output: { code: string; imports: string[] }[] }[]
  expect(bundle!.output).toHaveLength(1)
  const { code, imports } = bundle!.output[0]!
  expect(imports).toEqual([])
  expect(code).toContain('millrace.v1')
  expect(gzipSync(code).length).toBeLessThan(gzippedBytesMax)
})
