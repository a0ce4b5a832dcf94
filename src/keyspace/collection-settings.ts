/** What all collections of a keyspace have in common. */
export class CollectionSettings {
  /** Makes the order of their tables differ between processes. */
  readonly hashSeed: number
  /** A set of integers is an intset as long as it has no more members than this. */
  intsetEntriesMax = 512
  /** A sorted set is kept in its compact form as long as it has no more members than this, and no longer one. */
  sortedSetCompactEntriesMax = 128
  sortedSetCompactBytesMax = 64
  /** A hash is kept in its compact form as long as it has no more fields than this, and no longer field or value. */
  hashCompactEntriesMax = 512
  hashCompactBytesMax = 64

  constructor(hashSeed: number) {
    this.hashSeed = hashSeed
  }
}
