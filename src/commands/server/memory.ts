/** MEMORY USAGE, STATS, DOCTOR, PURGE. The numbers are those of Node's memory, not of an allocator of our own. */
import { syntaxError } from '../../broker/errors.ts'
import { type CommandFacts, defineCommand, defineContainer, noKeys, secondKey } from '../command.ts'
import { helpCommand } from '../help.ts'
import { keyMemoryBytes } from './key-memory.ts'

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
    const entry = db.peek(args, key)
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
  run({ keyspace, server, reply }) {
    const memory = server.process.memory()
    const datasetBytes = Math.max(0, memory.usedBytes - memory.startupBytes)
    const grownBytes = memory.usedBytes - memory.startupBytes
    const filled = keyspace.databases.filter((db) => db.size > 0)
    const integers: [string, number][] = [
      ['peak.allocated', memory.peakBytes],
      ['total.allocated', memory.usedBytes],
      ['startup.allocated', memory.startupBytes],
      ['replication.backlog', 0],
      ['clients.slaves', 0],
      ['clients.normal', memory.clientBytes],
      ['cluster.links', 0],
      ['aof.buffer', keyspace.effects.size],
      ['lua.caches', 0],
      ['functions.caches', 0],
      ['overhead.total', memory.startupBytes + memory.clientBytes],
      ['keys.count', memory.keyCount],
      ['keys.bytes-per-key', memory.keyCount === 0 ? 0 : Math.floor(datasetBytes / memory.keyCount)],
      ['dataset.bytes', datasetBytes],
    ]
    const doubles: [string, number][] = [
      ['dataset.percentage', grownBytes > 0 ? (datasetBytes / grownBytes) * 100 : 0],
      ['peak.percentage', (memory.usedBytes / Math.max(1, memory.peakBytes)) * 100],
      ['fragmentation', memory.residentBytes / Math.max(1, memory.usedBytes)],
    ]
    reply.map(integers.length + filled.length + doubles.length + 1)
    for (const [name, value] of integers) {
      reply.text(name)
      reply.integer(value)
    }
    for (const db of filled) {
      reply.text(`db.${db.index}`)
      reply.map(2)
      reply.text('keys.count')
      reply.integer(db.size)
      reply.text('keys.expiring')
      reply.integer(db.expiringCount)
    }
    for (const [name, value] of doubles) {
      reply.text(name)
      reply.double(value)
    }
    reply.text('fragmentation.bytes')
    reply.integer(memory.residentBytes - memory.usedBytes)
  },
})

const doctor = defineCommand({
  ...facts,
  name: 'doctor',
  arity: 2,
  summary: 'Reports in words how the memory is.',
  syntax: '',
  run({ server, reply }) {
    const { usedBytes, residentBytes, peakBytes } = server.process.memory()
    const mib = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`
    reply.verbatim(
      'txt',
      `${mib(usedBytes)} are in use, ${mib(peakBytes)} at the peak; the process takes ${mib(residentBytes)}. ` +
        'What lies between the two is code, free room in the heap, and pages that the system has not taken back.\n',
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
