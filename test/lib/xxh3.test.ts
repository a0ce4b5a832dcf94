import { expect, test } from 'vitest'
import { latin1Bytes } from '../../src/lib/bytes.ts'
import { xxh3Hex } from '../../src/lib/xxh3.ts'

/** Hashes of `size` bytes, byte `i` being `31 i + 7`: made with xxHash's own code, one for each way an input may go. */
const known: readonly (readonly [size: number, hash: string])[] = [
  [0, '2d06800538d394c2'],
  [1, '4c5cca45d0f4811f'],
  [3, '15f7093b173d005c'],
  [4, 'dca012f95811b6b9'],
  [8, 'dec6a9a43575982e'],
  [9, 'cbe393399f17ffbd'],
  [16, '7e484c18d74895d0'],
  [17, '208bde5ee2bed407'],
  [128, 'f92b70eaa21a6288'],
  [129, 'f8f76713f2bb60fa'],
  [240, 'ccc7375172c41f03'],
  [241, '0b3b630948ce4a00'],
  [1024, '23bc880ebf0d29c6'],
  [1025, 'c09fdfbc398c7d82'],
  [5000, '559fff92c2b7f8ee'],
]

test.each(known)('%i bytes have the hash that xxHash gives them, wherever they lie', (size, hash) => {
  for (const start of [0, 1, 5]) {
    const bytes = Uint8Array.from({ length: size + start }, (_, i) => (i - start) * 31 + 7)
    expect(xxh3Hex(bytes, start, start + size)).toBe(hash)
  }
})

test('zeros at the beginning of a hash are written', () => {
  const text = 'v8lf0c11xh8ymlqztfd3eeq16kfn4sspw7fqmnuuq3k3t75em5wdizgcdw7uc26nnf961u2jkfzkjytls2kwlj7626sd'
  expect(xxh3Hex(latin1Bytes(text), 0, text.length)).toBe('00006c38adf31777')
})
