export class Stream {
  readonly kind = 'stream'
  clone(): Stream {
    return new Stream()
  }
}
