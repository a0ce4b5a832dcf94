/** Libraries as FUNCTION DUMP answers them and FUNCTION RESTORE takes them: RDB's form of a library, one after the other. */

import { openPayload, sealPayload } from '../../protocol/rdb/payload.ts'
import { RdbError } from '../../protocol/rdb/rdb-error.ts'
import type { RdbReader } from '../../protocol/rdb/rdb-reader.ts'
import { RdbWriter } from '../../protocol/rdb/rdb-writer.ts'
import {
  libraryFormatOld,
  libraryPayloadInvalid,
  libraryTypeInvalid,
  libraryUnreadable,
} from '../broker/function-errors.ts'
import { sliceBytes } from '../lib/bytes.ts'
import type { Library } from './library.ts'

/** Before a library's code. */
const libraryCode = 245
/** Before a library as release candidates of Redis 7.0 wrote it. */
const oldLibraryCode = 246

export function dumpLibraries(libraries: Iterable<Library>): Uint8Array {
  const content = new RdbWriter()
  for (const { code } of libraries) {
    content.byte(libraryCode)
    content.string(code)
  }
  return sealPayload(content)
}

/** The libraries' codes, read one by one: what follows one is not looked at before the next is asked for. Throws at once
 *  when it is no payload. */
export function openLibraries(bytes: Uint8Array, start: number, end: number): Iterable<Uint8Array> {
  const reader = openPayload(bytes, start, end)
  if (reader === undefined) throw libraryPayloadInvalid()
  return codes(reader)
}

function* codes(reader: RdbReader): Generator<Uint8Array> {
  while (reader.left > 0) {
    const kind = reader.byte()
    if (kind === oldLibraryCode) throw libraryFormatOld()
    if (kind !== libraryCode) throw libraryTypeInvalid()
    yield readCode(reader)
  }
}

function readCode(reader: RdbReader): Uint8Array {
  try {
    const code = reader.string()
    return sliceBytes(code, 0, code.length)
  } catch (error) {
    if (!(error instanceof RdbError)) throw error
    throw libraryUnreadable()
  }
}
