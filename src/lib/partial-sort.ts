/** Sorts so much of an array that one range of it is as in the whole array sorted: quicksort after Bentley and McIlroy
 *  ("Engineering a Sort Function", 1993) that goes on only where the range lies.
 *
 *  It is not stable, and which of equal elements comes first can be seen by clients: Redis sorts like this when SORT has
 *  BY and LIMIT, so the steps are those of the paper, one by one. */

/** Below this many elements insertion is faster. */
const insertionMax = 6
/** Above this many elements the pivot is the middle of three middles of three. */
const nintherMin = 41

type Compare<T> = (a: T, b: T) => number

/** Lets `items[first … last]` be what they would be if all of `items` were sorted. */
export function sortPartially<T>(items: T[], compare: Compare<T>, first: number, last: number): void {
  sortRange(items, compare, 0, items.length, first, last)
}

/** Sorts the `size` items from `base` on, as far as they lie between `first` and `last`. */
function sortRange<T>(items: T[], compare: Compare<T>, base: number, size: number, first: number, last: number): void {
  if (base > last || base + size - 1 < first) return
  if (size <= insertionMax) return insert(items, compare, base, size)
  swap(items, base, choosePivot(items, compare, base, size))
  // Equal items gather at both ends while the rest is parted: [equal | smaller | unseen | larger | equal].
  let equalEnd = base + 1
  let smallerEnd = base + 1
  let largerStart = base + size - 1
  let equalStart = base + size - 1
  while (true) {
    while (smallerEnd <= largerStart) {
      const order = compare(items[smallerEnd]!, items[base]!)
      if (order > 0) break
      if (order === 0) swap(items, equalEnd++, smallerEnd)
      smallerEnd++
    }
    while (smallerEnd <= largerStart) {
      const order = compare(items[largerStart]!, items[base]!)
      if (order < 0) break
      if (order === 0) swap(items, largerStart, equalStart--)
      largerStart--
    }
    if (smallerEnd > largerStart) break
    swap(items, smallerEnd++, largerStart--)
  }
  const end = base + size
  const smaller = smallerEnd - equalEnd
  const larger = equalStart - largerStart
  exchange(items, base, smallerEnd, Math.min(equalEnd - base, smaller))
  exchange(items, smallerEnd, end, Math.min(larger, end - equalStart - 1))
  if (smaller > 1) sortRange(items, compare, base, smaller, first, last)
  if (larger > 1) sortRange(items, compare, end - larger, larger, first, last)
}

function insert<T>(items: T[], compare: Compare<T>, base: number, size: number): void {
  for (let i = base + 1; i < base + size; i++) {
    for (let k = i; k > base && compare(items[k - 1]!, items[k]!) > 0; k--) swap(items, k, k - 1)
  }
}

function choosePivot<T>(items: T[], compare: Compare<T>, base: number, size: number): number {
  const middle = base + (size >>> 1)
  if (size <= insertionMax + 1) return middle
  const end = base + size - 1
  if (size < nintherMin) return median(items, compare, base, middle, end)
  const step = size >>> 3
  return median(
    items,
    compare,
    median(items, compare, base, base + step, base + 2 * step),
    median(items, compare, middle - step, middle, middle + step),
    median(items, compare, end - 2 * step, end - step, end),
  )
}

function median<T>(items: T[], compare: Compare<T>, a: number, b: number, c: number): number {
  const isBefore = (i: number, k: number): boolean => compare(items[i]!, items[k]!) < 0
  if (isBefore(a, b)) return isBefore(b, c) ? b : isBefore(a, c) ? c : a
  return compare(items[b]!, items[c]!) > 0 ? b : isBefore(a, c) ? a : c
}

function swap<T>(items: T[], i: number, k: number): void {
  const item = items[i]!
  items[i] = items[k]!
  items[k] = item
}

/** Exchanges the `count` items from `start` on with the last `count` before `end`. */
function exchange<T>(items: T[], start: number, end: number, count: number): void {
  for (let i = 0; i < count; i++) swap(items, start + i, end - count + i)
}
