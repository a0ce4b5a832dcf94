/** Frames are counted alike however they are cut. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameCounter } from './frame-counter.ts'

function frame(kind: number, size: number): Buffer {
  const head =
    size < 126
      ? [kind, size]
      : size < 65536
        ? [kind, 126, size >> 8, size & 255]
        : [kind, 127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255]
  return Buffer.concat([Buffer.from(head), Buffer.alloc(size, 0x81)])
}

const frames = fc.array(
  fc.record({
    kind: fc.constantFrom(0x81, 0x82, 0x89, 0x8a),
    size: fc.oneof(fc.nat(300), fc.integer({ min: 65_530, max: 65_540 })),
  }),
  { maxLength: 8 },
)

describe('the counter of frames', () => {
  it('counts messages, not pings, in chunks of any size', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 6 }),
        (sent, cuts) => {
          const bytes = Buffer.concat(sent.map(({ kind, size }) => frame(kind, size)))
          const counter = new FrameCounter()
          let count = 0
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const end = Math.min(bytes.length, at + cuts[i % cuts.length]!)
            count += counter.take(bytes, at, end)
            at = end
          }
          const messages = sent.filter(({ kind }) => kind < 0x88).length
          expect([count, counter.takeControls(), counter.takeControls()]).toEqual([messages, sent.length - messages, 0])
        },
      ),
    )
  })
})
