/**
 * Scripts and functions. Each call writes several keys of all types, so that half a call would show. The libraries of
 * the functions are loaded, replaced, deleted, dumped and restored meanwhile; a function writes down which version of
 * its library it comes from.
 */
import { createHash } from 'node:crypto'
import type { RespClient } from '../support/resp-client.ts'
import {
  factsOf,
  hashAt,
  itemsOf,
  listAt,
  type ModelState,
  membersAt,
  scoresAt,
  streamAt,
  textAt,
  textOf,
} from './model.ts'
import type { Random } from './random.ts'
import type { SoloStep, SoloWork } from './solo.ts'
import { resultsOf, step } from './solo-work.ts'

const listLengthMax = 20
const streamLengthMax = 30

/** One call counts, and writes its number into a list, a hash, a set, a sorted set and a stream. What fails under pcall on
 *  the way leaves nothing. */
const bookScript = `
local n = redis.call('INCR', KEYS[1])
redis.call('RPUSH', KEYS[2], n)
redis.call('LTRIM', KEYS[2], -${listLengthMax}, -1)
redis.pcall('LPUSH', KEYS[1], 'is no list')
redis.call('HSET', KEYS[3], n % 10, n, 'text', ARGV[1])
if n % 3 == 0 then redis.call('SREM', KEYS[4], n % 10) else redis.call('SADD', KEYS[4], n % 10) end
redis.call('ZADD', KEYS[5], n, 'm' .. n % 10)
redis.call('XADD', KEYS[6], 'MAXLEN', '=', ${streamLengthMax}, n .. '-1', 'n', n)
return n`

const bookScriptSha = createHash('sha1').update(bookScript).digest('hex')

/** EVAL, now and then EVALSHA. */
export function scriptWork(prefix: string): SoloWork {
  const keys = ['n', 'l', 'h', 's', 'z', 'x'].map((name) => `${prefix}:${name}`)
  let serial = 0
  return {
    keys,
    nextStep(random) {
      const text = `${serial++}${'t'.repeat(random.between(0, 60))}`
      const call = [String(keys.length), ...keys, text]
      const commands = random.percent(80)
        ? [['EVAL', bookScript, ...call]]
        : [
            ['SCRIPT', 'LOAD', bookScript],
            ['EVALSHA', bookScriptSha, ...call],
          ]
      return step(commands, (model) => book(model, keys, text))
    },
  }
}

/** What the script does. */
function book(model: ModelState, keys: readonly string[], text: string): void {
  const [counter, list, hash, set, sorted, stream] = keys as [string, string, string, string, string, string]
  const n = Number(textAt(model, counter) ?? '0') + 1
  const digit = String(n % 10)
  model[counter] = { type: 'string', text: String(n) }
  push(listAt(model, list), String(n))
  Object.assign(hashAt(model, hash).fields, { [digit]: String(n), text })
  if (n % 3 === 0) delete membersAt(model, set)[digit]
  else membersAt(model, set)[digit] = true
  scoresAt(model, sorted)[`m${digit}`] = n
  const { entries } = streamAt(model, stream)
  entries.push({ id: `${n}-1`, fields: ['n', String(n)] })
  entries.splice(0, Math.max(0, entries.length - streamLengthMax))
}

function push(list: string[], item: string): void {
  list.push(item)
  list.splice(0, Math.max(0, list.length - listLengthMax))
}

const libraryNames = ['crash_a', 'crash_b', 'crash_c']

/** A library in the model: it can't be mistaken for a key. */
const placeOf = (name: string): string => `library ${name}`

/** A library of one function, which has its name. */
function libraryCode(name: string, version: string): string {
  return `#!lua name=${name}
redis.register_function('${name}', function(keys)
  local n = redis.call('INCR', keys[1])
  redis.call('RPUSH', keys[2], '${version} ' .. n)
  redis.call('LTRIM', keys[2], -${listLengthMax}, -1)
  redis.call('HSET', keys[3], '${name}', '${version}', 'n', n)
  return n
end)`
}

/** FUNCTION LOAD, DELETE, FLUSH, DUMP and RESTORE, and FCALL, alone and in one transaction with the library that it
 *  needs. There can be only one such work, since libraries belong to all. */
export function libraryWork(prefix: string): SoloWork {
  const keys = ['n', 'l', 'h'].map((name) => `${prefix}:${name}`)
  let serial = 0
  let dump: { readonly payload: string; readonly libraries: ModelState } | undefined
  return {
    keys,
    readRest: readLibraries,
    nextStep(random, state) {
      const name = random.pick(libraryNames)
      const loaded = state[placeOf(name)]?.type === 'library'
      // A long version makes a library of some size.
      const version = `v${serial++}${'.'.repeat(random.percent(3) ? random.between(1000, 20_000) : 0)}`
      const call = ['FCALL', name, String(keys.length), ...keys]
      const load = [
        'FUNCTION',
        'LOAD',
        ...(loaded || random.percent(50) ? ['REPLACE'] : []),
        libraryCode(name, version),
      ]
      const applyLoad = (model: ModelState): void => {
        model[placeOf(name)] = { type: 'library', code: libraryCode(name, version) }
      }
      switch (random.pick(['call', 'call', 'call', 'load', 'delete', 'flush', 'dump', 'restore', 'both'])) {
        case 'call':
          if (loaded) return step([call], (model) => callFunction(model, keys, name))
          break
        case 'delete':
          if (loaded && random.percent(50)) {
            return step([['FUNCTION', 'DELETE', name]], (model) => delete model[placeOf(name)])
          }
          break
        case 'flush':
          if (random.percent(10)) return step([['FUNCTION', 'FLUSH']], forgetLibraries)
          break
        case 'dump': {
          const libraries = librariesIn(state)
          return {
            commands: [['FUNCTION', 'DUMP']],
            apply() {},
            answered([payload]) {
              dump = { payload: textOf(payload!), libraries }
            },
          }
        }
        case 'restore':
          if (dump !== undefined && random.percent(30)) return restore(dump.payload, dump.libraries, random, state)
          break
        case 'both':
          return {
            commands: [['MULTI'], load, call, ['EXEC']],
            apply(model) {
              applyLoad(model)
              callFunction(model, keys, name)
            },
            answered(replies) {
              resultsOf(replies.at(-1)!)
            },
          }
      }
      return step([load], applyLoad)
    },
  }
}

/** What the function does that the library of this name has. */
function callFunction(model: ModelState, keys: readonly string[], name: string): void {
  const library = model[placeOf(name)]
  if (library?.type !== 'library') throw new Error(`there is no library ${name}`)
  const version = /, '(v\S*)', 'n', n\)/.exec(library.code)![1]!
  const [counter, list, hash] = keys as [string, string, string]
  const n = Number(textAt(model, counter) ?? '0') + 1
  model[counter] = { type: 'string', text: String(n) }
  push(listAt(model, list), `${version} ${n}`)
  Object.assign(hashAt(model, hash).fields, { [name]: version, n: String(n) })
}

/** With the policies in turn; APPEND, which refuses what is there already, only where nothing is. */
function restore(payload: string, libraries: ModelState, random: Random, state: ModelState): SoloStep {
  const collides = Object.keys(libraries).some((place) => state[place] !== undefined)
  const policy = random.pick(['FLUSH', 'REPLACE', ...(collides ? [] : ['APPEND'])])
  return step([['FUNCTION', 'RESTORE', payload, policy]], (model) => {
    if (policy === 'FLUSH') forgetLibraries(model)
    Object.assign(model, structuredClone(libraries))
  })
}

function forgetLibraries(model: ModelState): void {
  for (const place of Object.keys(librariesIn(model))) delete model[place]
}

function librariesIn(state: ModelState): ModelState {
  return Object.fromEntries(Object.entries(state).filter(([, value]) => value.type === 'library'))
}

/** Every library there is, so that one that nobody loaded shows. */
async function readLibraries(client: RespClient): Promise<ModelState> {
  const libraries = itemsOf(await client.call('FUNCTION', 'LIST', 'WITHCODE')).map(factsOf)
  const named = libraries.map((facts) => {
    const code = textOf(facts.get('library_code')!)
    return [placeOf(textOf(facts.get('library_name')!)), { type: 'library', code }] as const
  })
  return Object.fromEntries(named)
}
