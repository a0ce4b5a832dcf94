/** How much V8's garbage collector lets accumulate before it looks.
 *
 *  Keys and values lie in array buffers, outside of V8's heap, which is small beside them. V8 counts new array buffers as growth of
 *  that heap, and a heap of 14 MB is gone through whenever it has grown by 8: three or four times a second for 30 MB/s of new
 *  values, though hardly anything is garbage, each time with a pause of 2 to 9 ms (Node 20). With the limits here, XADD of 1 KiB at
 *  pipeline 16 with `always` takes 0.85 of the process's processor time. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'

/** Between two full collections the heap, array buffers included, may grow by so much in any case … */
const growthBytesMin = 32 * 1024 * 1024
/** … and by so many hundredths of what it was, if that is more. */
const growthPercentMin = 50
/** V8 is told of a change when it is as large as this. */
const changePercentMin = 10

/** The flag `--heap-growing-percent` for a heap of so many bytes. */
export function heapGrowingPercent(heapBytes: number): number {
  return Math.max(growthPercentMin, Math.ceil((growthBytesMin / heapBytes) * 100))
}

/** Keeps V8's limit for the next full collection, which it sets after each by this flag, in step with the heap. */
export class HeapGrowth {
  #percent = 0

  /** Looks at the heap's size: often enough that it has not become another in between. */
  follow(): void {
    const percent = heapGrowingPercent(getHeapStatistics().used_heap_size)
    if (Math.abs(percent - this.#percent) < changePercentMin) return
    this.#percent = percent
    setFlagsFromString(`--heap-growing-percent=${percent}`)
  }
}

/** Keeps the room for young objects as large as the start has made it (8 MB, twice). Serving makes few of them, but in
 *  time they would fill twice as much before the collector looks, and the process would keep that: 16 bytes an entry of a
 *  stream of a million. */
export function keepYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
