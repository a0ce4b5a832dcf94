/** Members of a hash, set or sorted set, found by HSCAN, SSCAN or ZSCAN a piece at a time. */
import { useCallback, useEffect, useState } from 'preact/hooks'
import { type Bytes, fromTyped, noBytes } from '../lib/bytes.ts'
import { asBytes, asItems, asStrings } from '../lib/read-reply.ts'
import { pairsOf } from '../lib/resp.ts'
import { broker } from '../parts/broker.ts'
import { TextField } from '../parts/controls.tsx'
import { messageOf, refreshes } from '../parts/hooks.ts'

/** A member, and its value or score. */
export type Member = readonly [Bytes, Bytes]

export interface Members {
  readonly members: readonly Member[]
  readonly isDone: boolean
  readonly error: string | undefined
  readonly pattern: string
  readonly more: () => void
  readonly search: (pattern: string) => void
}

const pieceLength = 200
const stepsMax = 50

interface Found {
  readonly members: readonly Member[]
  readonly cursor: string
  readonly error: string | undefined
}

/** Searches on from a cursor until there is a piece more, all was seen, or it took too long. */
async function searchOn(command: string, name: Bytes, pattern: Bytes, from: Found, lengthMin: number): Promise<Found> {
  const members = new Map(from.members)
  let { cursor } = from
  for (let step = 0; step < stepsMax; step++) {
    const reply = await broker.call(
      command,
      name,
      cursor,
      'MATCH',
      pattern === '' ? '*' : pattern,
      'COUNT',
      pieceLength,
    )
    const [next, items] = asItems(reply)
    const found = asStrings(items!)
    const pairs = command === 'SSCAN' ? found.map((member) => [member, noBytes] as const) : pairsOf(found)
    for (const [member, value] of pairs) members.set(member, value)
    cursor = asBytes(next!)
    if (cursor === '0' || members.size >= lengthMin) break
  }
  return { members: [...members], cursor, error: undefined }
}

export function useMembers(command: 'HSCAN' | 'SSCAN' | 'ZSCAN', name: Bytes): Members {
  const [pattern, setPattern] = useState('')
  const [found, setFound] = useState<Found>({ members: [], cursor: '0', error: undefined })
  const run = useCallback(
    async (from: Found, lengthMin: number) => {
      try {
        setFound(await searchOn(command, name, fromTyped(pattern), from, lengthMin))
      } catch (error) {
        setFound((before) => ({ ...before, error: messageOf(error) }))
      }
    },
    [command, name, pattern],
  )
  /** As many as were shown are looked for again, so that nothing seems lost. */
  const again = useCallback(
    (lengthMin: number) => void run({ members: [], cursor: '0', error: undefined }, lengthMin),
    [run],
  )
  useEffect(() => again(pieceLength), [again])
  useEffect(() => refreshes.listen(() => again(Math.max(pieceLength, found.members.length))), [again, found])
  return {
    members: found.members,
    error: found.error,
    isDone: found.cursor === '0',
    pattern,
    more: () => void run(found, found.members.length + pieceLength),
    search: setPattern,
  }
}

export function MemberFilter({ members }: { members: Members }) {
  const [typed, setTyped] = useState(members.pattern)
  return (
    <search>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault()
          members.search(typed)
        }}
      >
        <TextField label="Pattern" value={typed} onInput={setTyped} placeholder="*" isSearch width="9rem" />
        <button type="submit">Search</button>
      </form>
    </search>
  )
}
