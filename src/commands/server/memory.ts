/** MEMORY USAGE, STATS, DOCTOR, PURGE. What is allocated is what keys and values take, as it counts against
 *  `maxmemory`; the allocator's numbers are those of Node's memory. */
import { syntaxError } from '../../broker/errors.ts'
import type { Call } from '../call.ts'
import { type CommandFacts, defineCommand, defineContainer, noKeys, secondKey } from '../command.ts'
import { helpCommand } from '../help.ts'
import { expiryBytes, keyMemoryBytes, tableBytes } from './key-memory.ts'
import type { MemoryFacts } from './ports.ts'

const facts = {
  flags: [],
  categories: [],
  keys: noKeys,
  since: '4.0.0',
  group: 'server',
  complexity: 'O(1)',
} as const satisfies Partial<CommandFacts>

const usage = defineCommand({
  ...facts,
  name: 'usage',
  arity: -3,
  flags: ['readonly'],
  keys: secondKey,
  summary: 'Estimates the bytes that a key and its value take.',
  complexity: 'O(1); our values know their size, nothing is sampled',
  syntax: 'key [SAMPLES count]',
  run({ args, db, reply }) {
    const key = args.next()
    while (args.left > 0) {
      if (!args.token('SAMPLES') || args.nextInt64() < 0n) throw syntaxError()
    }
    const entry = db.peek(args, key, true)
    if (entry < 0) reply.null()
    else reply.integer(keyMemoryBytes(db, entry))
  },
})

const stats = defineCommand({
  ...facts,
  name: 'stats',
  arity: 2,
  summary: 'Tells what the memory is used for.',
  syntax: '',
  run(call) {
    const { keyspace, reply, server } = call
    const memory = server.process.memory()
    const filled = keyspace.databases.filter((db) => db.size > 0)
    const before = overheads(call, memory)
    const behind = integersBehind(memory)
    const measures = allocatorMeasures(memory)
    reply.map(before.length + filled.length + behind.length + measures.length)
    for (const [name, value] of before) replyInteger(call, name, value)
    for (const db of filled) {
      reply.text(`db.${db.index}`)
      reply.map(3)
      replyInteger(call, 'overhead.hashtable.main', tableBytes(db))
      replyInteger(call, 'overhead.hashtable.expires', expiryBytes(db))
      replyInteger(call, 'overhead.hashtable.slot-to-keys', 0)
    }
    for (const [name, value] of behind) replyInteger(call, name, value)
    for (const [name, value, isRatio] of measures) {
      if (!isRatio) replyInteger(call, name, value)
      else {
        reply.text(name)
        reply.double(value)
      }
    }
  },
})

function replyInteger({ reply }: Call, name: string, value: number): void {
  reply.text(name)
  reply.integer(value)
}

/** What is there before there are keys. */
function overheads({ keyspace, server }: Call, memory: MemoryFacts): [string, number][] {
  return [
    ['peak.allocated', memory.peakBytes],
    ['total.allocated', memory.usedBytes],
    ['startup.allocated', memory.startupBytes],
    ['replication.backlog', 0],
    ['clients.slaves', 0],
    ['clients.normal', memory.clientBytes],
    ['cluster.links', 0],
    ['aof.buffer', keyspace.effects.size],
    ['lua.caches', 0],
    ['functions.caches', server.functions.codeBytes],
  ]
}

function integersBehind({ keyCount, overheadBytes, startupBytes, usedBytes }: MemoryFacts): [string, number][] {
  return [
    ['overhead.total', overheadBytes],
    ['keys.count', keyCount],
    ['keys.bytes-per-key', keyCount === 0 ? 0 : Math.floor((usedBytes - startupBytes) / keyCount)],
    ['dataset.bytes', usedBytes - overheadBytes],
  ]
}

/** Ratios and what they are made of. There is one allocator, V8's, which does not say what it has set aside: that counts
 *  as resident. */
function allocatorMeasures(memory: MemoryFacts): [name: string, value: number, isRatio: boolean][] {
  const { overheadBytes, peakBytes, processBytes, residentBytes, startupBytes, usedBytes } = memory
  const grownBytes = usedBytes - startupBytes
  const residentRatio = residentBytes / Math.max(1, processBytes)
  const restBytes = residentBytes - processBytes
  return [
    ['dataset.percentage', grownBytes > 0 ? ((usedBytes - overheadBytes) / grownBytes) * 100 : 0, true],
    ['peak.percentage', (usedBytes / Math.max(1, peakBytes)) * 100, true],
    ['allocator.allocated', processBytes, false],
    ['allocator.active', processBytes, false],
    ['allocator.resident', residentBytes, false],
    ['allocator-fragmentation.ratio', 1, true],
    ['allocator-fragmentation.bytes', 0, false],
    ['allocator-rss.ratio', residentRatio, true],
    ['allocator-rss.bytes', restBytes, false],
    ['rss-overhead.ratio', 1, true],
    ['rss-overhead.bytes', 0, false],
    ['fragmentation', residentRatio, true],
    ['fragmentation.bytes', restBytes, false],
  ]
}

const doctor = defineCommand({
  ...facts,
  name: 'doctor',
  arity: 2,
  summary: 'Reports in words how the memory is.',
  syntax: '',
  run({ server, reply }) {
    const { processBytes, usedBytes, residentBytes, peakBytes } = server.process.memory()
    const mib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
    reply.verbatim(
      'txt',
      `Keys and values take ${mib(usedBytes)}, ${mib(peakBytes)} at the peak; ${mib(processBytes)} of heap and buffers are ` +
        `in use, and the process takes ${mib(residentBytes)}. ` +
        'What lies between the last two is code, free room in the heap, and pages that the system has not taken back.\n',
    )
  },
})

const purge = defineCommand({
  ...facts,
  name: 'purge',
  arity: 2,
  summary: 'Does nothing: memory is given back by itself.',
  syntax: '',
  run({ reply }) {
    reply.ok()
  },
})

const mallocStats = defineCommand({
  ...facts,
  name: 'malloc-stats',
  arity: 2,
  summary: 'Says that there is no allocator of our own.',
  syntax: '',
  run({ reply }) {
    reply.text('Stats not supported for the current allocator')
  },
})

const help = helpCommand(
  'memory',
  'server',
  '4.0.0',
  [],
  [
    { usage: 'DOCTOR', lines: ['Report in words how the memory is.'] },
    { usage: 'MALLOC-STATS', lines: ['Say that there is no allocator to ask.'] },
    { usage: 'PURGE', lines: ['Nothing: memory is given back by itself.'] },
    { usage: 'STATS', lines: ['Tell what the memory is used for.'] },
    { usage: 'USAGE <key> [SAMPLES <count>]', lines: ['Estimate the bytes that <key> and its value take.'] },
  ],
)

export const memory = defineContainer(
  {
    ...facts,
    name: 'memory',
    arity: -2,
    summary: 'Tells about memory.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [doctor, help, mallocStats, purge, stats, usage],
)
