/** The directives of values: which forms they are kept in, as far as there is a choice. */
import { accepted, alias, honoured, INT_MAX, INT_MIN, INT64_MAX, int, memory, type Topic } from './directive.ts'

const noEncodings = accepted('values have one encoding')

export const values: Topic = {
  title: 'Values',
  directives: [
    int('stream-node-max-entries', 100, 0n, INT64_MAX, honoured('the step in which XADD and XTRIM with ~ trim')),
    memory('stream-node-max-bytes', 4096, 0n, INT64_MAX, accepted('segments of streams have their own sizes')),
    int(
      'hash-max-listpack-entries',
      512,
      0n,
      INT64_MAX,
      alias('hash-max-ziplist-entries'),
      honoured('fields of the largest hash that is kept in the compact form'),
    ),
    memory(
      'hash-max-listpack-value',
      64,
      0n,
      INT64_MAX,
      alias('hash-max-ziplist-value'),
      honoured('bytes of the longest field or value in the compact form'),
    ),
    int('list-max-listpack-size', -2, INT_MIN, INT_MAX, alias('list-max-ziplist-size'), noEncodings),
    int('list-compress-depth', 0, 0n, INT_MAX, noEncodings),
    int('set-max-intset-entries', 512, 0n, INT64_MAX, honoured('members of the largest set of integers kept in order')),
    int(
      'zset-max-listpack-entries',
      128,
      0n,
      INT64_MAX,
      alias('zset-max-ziplist-entries'),
      honoured('members of the largest sorted set that is kept in the compact form'),
    ),
    memory(
      'zset-max-listpack-value',
      64,
      0n,
      INT64_MAX,
      alias('zset-max-ziplist-value'),
      honoured('bytes of the longest member in the compact form'),
    ),
    memory('hll-sparse-max-bytes', 3000, 0n, INT64_MAX, honoured('bytes of a HyperLogLog that is not dense')),
  ],
}
