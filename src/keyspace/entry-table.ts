/** The rows of a database's keys: 48 bytes an entry, so that a command that touches all of it mostly waits for one line
 *  of memory. Each field is used through the class that knows its meaning; the first two words are the map's. */
import { EntryRows, mapWords } from '../lib/entry-rows.ts'

/** 32-bit words of a row, and where each field begins. */
export const entryWords = 12
export const valueAddressWord = mapWords
export const valueSizeWord = mapWords + 1
export const accessedAtWord = mapWords + 2
export const kindWord = mapWords + 3

/** What an entry holds, as far as the table must know. */
export const storedKind = { none: 0, string: 1, object: 2, changedObject: 3 } as const
/** How Redis would keep a string: in whatever takes least, an integer if it is one; the same, but shared with no other
 *  key; as text even if it is an integer; as bytes that may be written into. We keep all in one way, and tell them apart
 *  for OBJECT ENCODING and REFCOUNT. */
export const stringForm = { shortest: 0, unshared: 1, text: 2, raw: 3 } as const
export type StringForm = (typeof stringForm)[keyof typeof stringForm]

/** The kind takes the low bits of its word, a string's form the next ones, the checkpoint the others. */
export const kindBits = 2
export const kindMask = (1 << kindBits) - 1
/** A form takes as many bits as a kind. */
export const formMask = kindMask << kindBits
export const checkpointShift = 2 * kindBits

/** Doubles of a row: those behind the words above. */
export const entryDoubles = entryWords / 2
export const writtenAtDouble = 3
export const expiresAtDouble = 4
/** What its object is counted for, in bytes. */
export const accountedDouble = 5

export type EntryTable = EntryRows

export function createEntryTable(): EntryTable {
  return new EntryRows(entryWords)
}
