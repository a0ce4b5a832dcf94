import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame, FrameReader, frameKind } from '../../src/frontends/doorman-frames.ts'

test('frames come out as they went in, however the pipe cuts them', () => {
  const frame = fc.record({
    kind: fc.constantFrom(...Object.values(frameKind)),
    visitor: fc.integer({ min: 0, max: 0xffffffff }),
    bytes: fc.uint8Array({ maxLength: 40 }),
  })
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.nat(30)), (frames, cuts) => {
      const all = Buffer.concat(frames.map(({ kind, visitor, bytes }) => encodeFrame(kind, visitor, bytes)))
      const reader = new FrameReader()
      const read = []
      let at = 0
      for (const size of [...cuts, all.length]) {
        // The chunk's memory is used again for the next one, as a read buffer is.
        const chunk = Buffer.from(all.subarray(at, at + size))
        read.push(...reader.push(chunk))
        chunk.fill(0)
        at += size
      }
      expect(read.map((each) => ({ ...each, bytes: new Uint8Array(each.bytes) }))).toEqual(frames)
    }),
  )
})
