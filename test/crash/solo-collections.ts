/** Hashes, sets and sorted sets: the work of one connection on each of them. */

import type { Command } from '../support/resp-client.ts'
import { hashAt, type ModelState, membersAt, scoresAt } from './model.ts'
import type { Random } from './random.ts'
import type { SoloStep, SoloWork } from './solo.ts'
import { step } from './solo-work.ts'

/** Few enough to meet again, enough to outgrow the compact forms (which hold 128 fields and members of 64 bytes). */
const nameCount = 200
const hourMs = 3_600_000

/** Fields written, counted and deleted; with `fieldsExpire` some get a time an hour ahead, which must come back to the
 *  millisecond. */
export function hashWork(prefix: string, fieldsExpire: boolean): SoloWork {
  const keys = [`${prefix}:a`, `${prefix}:b`]
  const counts = `${prefix}:n`
  const kinds = ['hset', 'hset', 'hset', 'hdel', 'hincrby', 'hsetnx', 'del'] as const
  const ownKinds = fieldsExpire
    ? ([...kinds, 'hpexpireat', 'hpexpireat', 'hpersist', 'hsetex', 'hgetdel'] as const)
    : kinds
  let serial = 0
  return {
    keys: [...keys, counts],
    nextStep(random, state) {
      const key = random.pick(keys)
      const fields = someNames(random, 'f')
      const value = makeValue(serial++, random)
      const atMs = Date.now() + hourMs + random.between(0, 100_000)
      switch (random.pick(ownKinds)) {
        case 'hset':
          return step([['HSET', key, ...fields.flatMap((field) => [field, value])]], (model) =>
            setFields(model, key, fields, value),
          )
        case 'hsetnx':
          return step([['HSETNX', key, fields[0]!, value]], (model) => {
            if (hashAt(model, key).fields[fields[0]!] === undefined) setFields(model, key, [fields[0]!], value)
          })
        case 'hincrby':
          return count(counts, fields[0]!)
        case 'del':
          return rarely(random, ['DEL', key], (model) => delete model[key]) ?? count(counts, fields[0]!)
        case 'hpexpireat':
          return step([['HPEXPIREAT', key, String(atMs), ...listed(fields)]], (model) => {
            const hash = hashAt(model, key)
            for (const field of fields) if (hash.fields[field] !== undefined) hash.expiries[field] = atMs
          })
        case 'hpersist':
          return step([['HPERSIST', key, ...listed(fields)]], (model) => {
            for (const field of fields) delete hashAt(model, key).expiries[field]
          })
        case 'hsetex': {
          const pairs = fields.flatMap((field) => [field, value])
          return step([['HSETEX', key, 'PXAT', String(atMs), 'FIELDS', String(fields.length), ...pairs]], (model) => {
            setFields(model, key, fields, value)
            for (const field of fields) hashAt(model, key).expiries[field] = atMs
          })
        }
        case 'hgetdel':
          return step([['HGETDEL', key, ...listed(fields)]], (model) => deleteFields(model, key, fields))
        default: {
          // What is there already goes more often than what is not.
          const present = Object.keys(state[key] === undefined ? {} : hashAt(state, key).fields)
          const gone = [...fields, ...present.filter(() => random.percent(20))]
          return step([['HDEL', key, ...gone]], (model) => deleteFields(model, key, gone))
        }
      }
    },
  }
}

/** Members added, removed, moved and taken, in sets of integers and in others; the results of operations stored. */
export function setWork(prefix: string): SoloWork {
  const keys = [`${prefix}:a`, `${prefix}:b`]
  const integers = `${prefix}:i`
  const stored = `${prefix}:c`
  return {
    keys: [...keys, integers, stored],
    nextStep(random) {
      const key = random.pick([...keys, integers])
      const members = someNames(random, key === integers ? '' : 'm')
      switch (random.pick(['sadd', 'sadd', 'sadd', 'srem', 'srem', 'smove', 'spop', 'store'])) {
        case 'sadd':
          return step([['SADD', key, ...members]], (model) => {
            for (const member of members) membersAt(model, key)[member] = true
          })
        case 'smove': {
          const [from, to] = random.percent(50) ? keys : keys.toReversed()
          return step([['SMOVE', from!, to!, members[0]!]], (model) => {
            if (membersAt(model, from!)[members[0]!] === undefined) return
            delete membersAt(model, from!)[members[0]!]
            membersAt(model, to!)[members[0]!] = true
          })
        }
        case 'spop': {
          const taken = rarely(random, ['SPOP', key, String(nameCount)], (model) => delete model[key])
          return taken ?? step([['SREM', key, members[0]!]], (model) => delete membersAt(model, key)[members[0]!])
        }
        case 'store': {
          const command = random.pick(['SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE'])
          return step([[command, stored, ...keys]], (model) => storeOperation(model, command, stored, keys))
        }
        default:
          return step([['SREM', key, ...members]], (model) => {
            for (const member of members) delete membersAt(model, key)[member]
          })
      }
    },
  }
}

/** Members added with scores, counted up, removed by name, rank and score, popped from either end. */
export function sortedSetWork(prefix: string): SoloWork {
  const keys = [`${prefix}:a`, `${prefix}:b`]
  let serial = 0
  return {
    keys,
    nextStep(random) {
      const key = random.pick(keys)
      const members = someNames(random, 'm')
      const scores = members.map(() => serial++ + random.pick([0, 0.5]))
      const old = serial - 2000
      switch (random.pick(['zadd', 'zadd', 'zadd', 'zincrby', 'zrem', 'zpopmin', 'zpopmax', 'rank', 'score'])) {
        case 'zincrby':
          return step([['ZINCRBY', key, '1000000', members[0]!]], (model) => {
            scoresAt(model, key)[members[0]!] = (scoresAt(model, key)[members[0]!] ?? 0) + 1_000_000
          })
        case 'zrem':
          return step([['ZREM', key, ...members]], (model) => removeMembers(model, key, members))
        case 'zpopmin':
          return step([['ZPOPMIN', key, '2']], (model) => removeMembers(model, key, ranked(model, key).slice(0, 2)))
        case 'zpopmax':
          return step([['ZPOPMAX', key]], (model) => removeMembers(model, key, ranked(model, key).slice(-1)))
        case 'rank':
          return step([['ZREMRANGEBYRANK', key, '50', '54']], (model) =>
            removeMembers(model, key, ranked(model, key).slice(50, 55)),
          )
        case 'score':
          return step([['ZREMRANGEBYSCORE', key, '-inf', String(old)]], (model) => {
            const scoresNow = scoresAt(model, key)
            removeMembers(
              model,
              key,
              ranked(model, key).filter((member) => scoresNow[member]! <= old),
            )
          })
        default:
          return step([['ZADD', key, ...members.flatMap((member, i) => [String(scores[i]), member])]], (model) => {
            for (const [i, member] of members.entries()) scoresAt(model, key)[member] = scores[i]!
          })
      }
    },
  }
}

/** One to three names, none twice. */
function someNames(random: Random, prefix: string): string[] {
  const names = Array.from({ length: random.between(1, 3) }, () => `${prefix}${random.between(1, nameCount)}`)
  return [...new Set(names)]
}

/** As FIELDS, their number and the fields. */
function listed(fields: readonly string[]): string[] {
  return ['FIELDS', String(fields.length), ...fields]
}

function makeValue(serial: number, random: Random): string {
  return `${serial}${'v'.repeat(random.percent(2) ? random.between(1000, 20_000) : random.between(0, 40))}`
}

/** What would leave little behind if it came as often as the rest. */
function rarely(random: Random, command: Command, apply: (model: ModelState) => unknown): SoloStep | undefined {
  return random.percent(10) ? step([command], apply) : undefined
}

function count(key: string, field: string): SoloStep {
  return step([['HINCRBY', key, field, '3']], (model) => {
    const { fields } = hashAt(model, key)
    fields[field] = String(Number(fields[field] ?? 0) + 3)
  })
}

function setFields(model: ModelState, key: string, names: readonly string[], value: string): void {
  const { fields, expiries } = hashAt(model, key)
  for (const name of names) {
    fields[name] = value
    delete expiries[name]
  }
}

function deleteFields(model: ModelState, key: string, names: readonly string[]): void {
  const { fields, expiries } = hashAt(model, key)
  for (const name of names) {
    delete fields[name]
    delete expiries[name]
  }
}

function storeOperation(model: ModelState, command: string, stored: string, keys: readonly string[]): void {
  const [first, second] = keys.map((key) => Object.keys(membersAt(model, key)))
  const kept = {
    SINTERSTORE: first!.filter((member) => second!.includes(member)),
    SUNIONSTORE: [...first!, ...second!],
    SDIFFSTORE: first!.filter((member) => !second!.includes(member)),
  }[command]!
  model[stored] = { type: 'set', members: Object.fromEntries(kept.map((member) => [member, true as const])) }
}

function removeMembers(model: ModelState, key: string, members: readonly string[]): void {
  for (const member of members) delete scoresAt(model, key)[member]
}

/** The members by rising score, those of one score by name. */
function ranked(model: ModelState, key: string): string[] {
  const scores = scoresAt(model, key)
  return Object.keys(scores).sort((a, b) => scores[a]! - scores[b]! || (a < b ? -1 : 1))
}
