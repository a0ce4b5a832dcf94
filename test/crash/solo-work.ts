/** The kinds of work that one connection does alone: strings, expiry, lists, a stream, and all of these in transactions. */
import type { Command } from '../support/resp-client.ts'
import type { Reply } from '../support/resp-reply.ts'
import { Violation } from './conversation.ts'
import { itemsOf, listAt, type ModelEntry, type ModelState, streamAt, textAt, textOf } from './model.ts'
import type { Random } from './random.ts'
import type { SoloStep, SoloWork } from './solo.ts'

const listLengthMax = 60
const streamLengthMax = 80

/** SET, INCR, APPEND, DEL, GETDEL, RENAME, and times of expiry an hour ahead, which must come back to the millisecond. */
export function stringWork(prefix: string): SoloWork {
  const counters = [`${prefix}:n0`, `${prefix}:n1`]
  const texts = [`${prefix}:t0`, `${prefix}:t1`, `${prefix}:t2`]
  let serial = 0
  return {
    keys: [...counters, ...texts],
    nextStep(random, state) {
      const key = random.pick(texts)
      const value = `${serial++}:${'v'.repeat(random.percent(5) ? random.between(1000, 40_000) : random.between(0, 40))}`
      const expiresAtMs = Date.now() + 3_600_000 + random.between(0, 100_000)
      switch (random.pick(['set', 'incr', 'incr', 'append', 'del', 'rename', 'pxat', 'expire', 'persist'])) {
        case 'set':
          return step([['SET', key, value]], (model) => {
            model[key] = { type: 'string', text: value }
          })
        case 'pxat':
          return step([['SET', key, value, 'PXAT', String(expiresAtMs)]], (model) => {
            model[key] = { type: 'string', text: value, expiresAtMs }
          })
        case 'expire':
          return step([['PEXPIREAT', key, String(expiresAtMs)]], (model) => {
            const found = model[key]
            if (found?.type === 'string') model[key] = { ...found, expiresAtMs }
          })
        case 'persist':
          return step([['PERSIST', key]], (model) => {
            const found = model[key]
            if (found?.type === 'string') model[key] = { type: 'string', text: found.text }
          })
        case 'append':
          // What grows for ever would make each round slower than the one before.
          if ((textAt(state, key)?.length ?? 0) > 5000) return remove(random.pick(['DEL', 'UNLINK', 'GETDEL']), key)
          return step([['APPEND', key, '+more']], (model) => {
            const found = model[key]
            if (found?.type === 'string') model[key] = { ...found, text: `${found.text}+more` }
            else model[key] = { type: 'string', text: '+more' }
          })
        case 'rename':
          return rename(texts, random, state) ?? increment(random.pick(counters))
        case 'del':
          return remove(random.pick(['DEL', 'UNLINK', 'GETDEL']), key)
        default:
          return increment(random.pick(counters))
      }
    },
  }
}

/** Pushes, pops, moves, trims and removals on two lists. */
export function listWork(prefix: string): SoloWork {
  const lists = [`${prefix}:a`, `${prefix}:b`]
  let serial = 0
  return {
    keys: lists,
    nextStep(random, state) {
      const key = random.pick(lists)
      const other = random.pick(lists)
      const items = Array.from(
        { length: random.between(1, 3) },
        () => `${serial++}${'.'.repeat(random.between(0, 30))}`,
      )
      if ((state[key] === undefined ? 0 : listAt(state, key).length) > listLengthMax) {
        return step([['LTRIM', key, '0', '9']], (model) => listAt(model, key).splice(10))
      }
      switch (random.pick(['lpush', 'rpush', 'lpush', 'rpush', 'lpop', 'rpop', 'lmove', 'rpoplpush', 'lrem', 'lset'])) {
        case 'lpush':
          return step([['LPUSH', key, ...items]], (model) => listAt(model, key).unshift(...items.toReversed()))
        case 'rpush':
          return step([['RPUSH', key, ...items]], (model) => listAt(model, key).push(...items))
        case 'lpop':
          return step([['LPOP', key]], (model) => listAt(model, key).shift())
        case 'rpop':
          return step([['RPOP', key, '2']], (model) => listAt(model, key).splice(-2))
        case 'lmove':
          return step([['LMOVE', key, other, 'LEFT', 'RIGHT']], (model) => {
            const item = listAt(model, key).shift()
            if (item !== undefined) listAt(model, other).push(item)
          })
        case 'lrem': {
          const item = state[key] === undefined ? undefined : listAt(state, key)[0]
          return step([['LREM', key, '1', item ?? 'none']], (model) => {
            const list = listAt(model, key)
            const at = list.indexOf(item ?? 'none')
            if (at >= 0) list.splice(at, 1)
          })
        }
        case 'lset': {
          if (state[key] === undefined || listAt(state, key).length === 0) break
          return step([['LSET', key, '-1', items[0]!]], (model) => {
            const list = listAt(model, key)
            list[list.length - 1] = items[0]!
          })
        }
      }
      return step([['RPOPLPUSH', key, other]], (model) => {
        const item = listAt(model, key).pop()
        if (item !== undefined) listAt(model, other).unshift(item)
      })
    },
  }
}

/** XADD with ids of the server's choice, which must be those it answered with; XDEL and XTRIM. */
export function streamWork(prefix: string): SoloWork {
  const key = `${prefix}:s`
  let serial = 0
  return {
    keys: [key],
    nextStep(random, state) {
      const known = state[key] === undefined ? [] : streamAt(state, key).entries.flatMap((entry) => entry.id ?? [])
      if (random.percent(15) && known.length > 0) {
        const ids = [random.pick(known), random.pick(known)]
        return step([['XDEL', key, ...ids]], (model) => {
          const stream = streamAt(model, key)
          stream.entries = stream.entries.filter((entry) => entry.id === undefined || !ids.includes(entry.id))
        })
      }
      if (random.percent(3) && known.length > 0) {
        return step([['XTRIM', key, 'MAXLEN', '20']], (model) => {
          streamAt(model, key).entries.splice(0, Math.max(0, streamAt(model, key).entries.length - 20))
        })
      }
      const fields = ['n', String(serial++), 'text', 'x'.repeat(random.between(0, random.percent(3) ? 70_000 : 60))]
      const chosen: { id: string | undefined } = { id: undefined }
      const made: ModelEntry[] = []
      const trim = random.percent(50) ? ['MAXLEN', '=', String(streamLengthMax)] : []
      return {
        commands: [['XADD', key, ...trim, '*', ...fields]],
        apply(model) {
          const entry = { id: chosen.id, fields }
          made.push(entry)
          const { entries } = streamAt(model, key)
          entries.push(entry)
          if (trim.length > 0) entries.splice(0, Math.max(0, entries.length - streamLengthMax))
        },
        answered([id]) {
          chosen.id = textOf(id!)
          for (const entry of made) entry.id = chosen.id
        },
      }
    },
  }
}

/** Several steps of the other kinds in one MULTI and EXEC: all of them or none must come back. */
export function transactionWork(prefix: string): SoloWork {
  const kinds = [stringWork(prefix), listWork(prefix), streamWork(prefix)]
  return {
    keys: kinds.flatMap((kind) => kind.keys),
    nextStep(random, state) {
      const parts = kinds.filter(() => random.percent(80)).map((kind) => kind.nextStep(random, state))
      const commands = parts.flatMap((part) => part.commands)
      return {
        commands: [['MULTI'], ...commands, ['EXEC']],
        apply(model) {
          for (const part of parts) part.apply(model)
        },
        answered(replies) {
          const results = resultsOf(replies.at(-1)!)
          for (const part of parts) {
            const own = results.splice(0, part.commands.length)
            part.answered?.(own)
          }
        },
      }
    },
  }
}

/** What the commands of a transaction were answered with. */
export function resultsOf(exec: Reply): Reply[] {
  const results = [...itemsOf(exec)]
  const refused = results.find((reply) => reply.type === 'error')
  if (refused !== undefined) throw new Violation(`a command in EXEC was answered with ${JSON.stringify(refused)}`)
  return results
}

/** A step of whose answers nothing is to be learned. */
export function step(commands: readonly Command[], apply: (model: ModelState) => unknown): SoloStep {
  return { commands, apply }
}

function increment(key: string): SoloStep {
  return step([['INCR', key]], (model) => {
    model[key] = { type: 'string', text: String(Number(textAt(model, key) ?? '0') + 1) }
  })
}

function remove(verb: string, key: string): SoloStep {
  return step([[verb, key]], (model) => delete model[key])
}

/** Undefined when no key is there to be renamed. */
function rename(keys: readonly string[], random: Random, state: ModelState): SoloStep | undefined {
  const present = keys.filter((key) => state[key] !== undefined)
  if (present.length === 0) return undefined
  const from = random.pick(present)
  const to = random.pick(keys)
  return step([['RENAME', from, to]], (model) => {
    const value = model[from]!
    delete model[from]
    model[to] = value
  })
}
