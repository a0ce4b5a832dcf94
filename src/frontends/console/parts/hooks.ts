/** What pages share: the address, values that are asked for again and again, keys that are found bit by bit. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type Address, databaseOf, readAddress, writeAddress } from '../lib/address.ts'
import type { Bytes } from '../lib/bytes.ts'
import { asBytes, asItems, asStrings } from '../lib/read-reply.ts'
import { Store } from '../lib/store.ts'
import { broker } from './broker.ts'

export function useStore<T>(store: Store<T>): T {
  const [, renew] = useState({})
  useEffect(() => store.listen(() => renew({})), [store])
  return store.value
}

export const address = new Store<Address>(readAddress(location.hash))

window.addEventListener('hashchange', () => {
  const next = readAddress(location.hash)
  // Before anybody asks for what is in the other database.
  if (databaseOf(next) !== databaseOf(address.value)) broker.reopen()
  address.set(next)
})

/** The address of a page, in the database that is shown unless another is named. */
export function linkTo(page: Address['page'], key?: Bytes, options: Record<string, string> = {}): string {
  const db = databaseOf(address.value)
  return writeAddress({ page, key, options: { ...(db === 0 ? {} : { db: String(db) }), ...options } })
}

/** Changes how the page shows what it shows. What is set to '' goes. */
export function setOptions(options: Record<string, string>, isStep = false): void {
  const { page, key, options: before } = address.value
  const hash = writeAddress({ page, key, options: { ...before, ...options } })
  if (isStep) location.hash = hash
  else {
    history.replaceState(null, '', hash)
    address.set(readAddress(hash))
  }
}

export interface Asked<T> {
  readonly value: T | undefined
  readonly error: string | undefined
  /** Asks anew; resolves when the answer is shown. */
  readonly refresh: () => Promise<void>
}

/** Asks at once, whenever `parts` change, and every `everyMs` while the page can be seen (0: never again). */
export function useAsked<T>(ask: () => Promise<T>, parts: readonly unknown[], everyMs = 0): Asked<T> {
  const [shown, setShown] = useState<{ value: T | undefined; error: string | undefined }>({
    value: undefined,
    error: undefined,
  })
  /** Only the newest question's answer is shown. */
  const turn = useRef(0)
  const refresh = useCallback(async () => {
    const own = ++turn.current
    try {
      const value = await ask()
      if (own === turn.current) setShown({ value, error: undefined })
    } catch (error) {
      if (own === turn.current) setShown((before) => ({ value: before.value, error: messageOf(error) }))
    }
  }, parts)
  useEffect(() => {
    setShown((before) => ({ value: before.value, error: undefined }))
    void refresh()
    if (everyMs === 0) return () => turn.current++
    const timer = setInterval(() => {
      if (!document.hidden) void refresh()
    }, everyMs)
    return () => {
      turn.current++
      clearInterval(timer)
    }
  }, [refresh, everyMs])
  useEffect(() => refreshes.listen(() => void refresh()), [refresh])
  return { ...shown, refresh }
}

/** Set when everything that is shown is to be asked for anew. */
export const refreshes = new Store(0)

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export interface Scan {
  readonly keys: readonly Bytes[]
  readonly isDone: boolean
  readonly isBusy: boolean
  readonly error: string | undefined
  readonly more: () => void
  readonly restart: () => void
}

/** A scan gives up after this many steps without having found enough, and goes on when asked. */
const stepsMax = 50
const stepCount = 1000

/** Keys by pattern and type, found by SCAN a piece at a time: at least `pieceLength`, if there are as many. */
export function useScan(pattern: Bytes, type: string, pieceLength = 100): Scan {
  const [state, setState] = useState({
    keys: [] as Bytes[],
    cursor: '0',
    isDone: false,
    isBusy: true,
    error: undefined as string | undefined,
  })
  const turn = useRef(0)
  const run = useCallback(
    async (keys: Bytes[], from: string) => {
      const own = ++turn.current
      setState((before) => ({ ...before, isBusy: true, error: undefined }))
      const found = new Set(keys)
      let cursor = from
      try {
        for (let step = 0; step < stepsMax && found.size < keys.length + pieceLength; step++) {
          const filter = type === '' ? [] : ['TYPE', type]
          const reply = await broker.call(
            'SCAN',
            cursor,
            'MATCH',
            pattern === '' ? '*' : pattern,
            'COUNT',
            stepCount,
            ...filter,
          )
          if (own !== turn.current) return
          const [next, names] = asItems(reply)
          for (const key of asStrings(names!)) found.add(key)
          cursor = asBytes(next!)
          if (cursor === '0') break
        }
        setState({ keys: [...found], cursor, isDone: cursor === '0', isBusy: false, error: undefined })
      } catch (error) {
        if (own === turn.current) setState((before) => ({ ...before, isBusy: false, error: messageOf(error) }))
      }
    },
    [pattern, type, pieceLength],
  )
  const restart = useCallback(() => void run([], '0'), [run])
  useEffect(restart, [restart])
  useEffect(() => refreshes.listen(restart), [restart])
  return { ...state, more: () => void run(state.keys, state.cursor), restart }
}
