/** Values on the command lines of the benchmark, the oracle and the crash test. */

export function readNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`${text} is not a number above zero (--help)`)
  return value
}

export function readCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is not a count (--help)`)
  return Number(text)
}

/** The words of a list of flags. */
export function readFlags(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '')
}
