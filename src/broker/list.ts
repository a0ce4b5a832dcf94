export class List {
  readonly kind = 'list'
  clone(): List {
    return new List()
  }
}
