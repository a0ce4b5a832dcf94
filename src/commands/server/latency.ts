/** LATENCY: what took longer than `latency-monitor-threshold`, and how long commands take in general. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import type { Call } from '../call.ts'
import { type CommandFacts, defineCommand, defineContainer, noKeys } from '../command.ts'
import { helpCommand } from '../help.ts'
import { latencyGraph, latencyReport } from './latency-report.ts'

const facts = {
  flags: ['admin', 'noscript', 'loading', 'stale'],
  categories: [],
  keys: noKeys,
  since: '2.8.13',
  group: 'server',
  complexity: 'O(1)',
} as const satisfies Partial<CommandFacts>

const latest = defineCommand({
  ...facts,
  name: 'latest',
  arity: 2,
  summary: 'Tells of every event when it was slow last, how slow, and how slow at worst.',
  syntax: '',
  run({ server, reply }) {
    const events = server.latency.events()
    reply.array(events.length)
    for (const { name, samples, maxMs } of events) {
      const last = samples.at(-1)!
      reply.array(4)
      reply.text(name)
      reply.integer(last.atS)
      reply.integer(last.durationMs)
      reply.integer(maxMs)
    }
  },
})

const history = defineCommand({
  ...facts,
  name: 'history',
  arity: 3,
  summary: 'Tells when an event was slow, and how slow.',
  syntax: 'event',
  run({ args, server, reply }) {
    const samples = server.latency.event(args.text(args.next()))?.samples ?? []
    reply.array(samples.length)
    for (const { atS, durationMs } of samples) {
      reply.array(2)
      reply.integer(atS)
      reply.integer(durationMs)
    }
  },
})

const reset = defineCommand({
  ...facts,
  name: 'reset',
  arity: -2,
  summary: 'Forgets events, or all of them.',
  syntax: '[event [event ...]]',
  run(call) {
    call.reply.integer(call.server.latency.reset(restTexts(call)))
  },
})

const graph = defineCommand({
  ...facts,
  name: 'graph',
  arity: 3,
  summary: 'Draws how slow an event was.',
  syntax: 'event',
  run({ args, nowMs, server, reply }) {
    const name = args.text(args.next())
    const event = server.latency.event(name)
    if (event === undefined) throw new ReplyError(`ERR No samples available for event '${name}'`)
    reply.verbatim('txt', latencyGraph(event, Math.floor(nowMs / 1000)))
  },
})

const doctor = defineCommand({
  ...facts,
  name: 'doctor',
  arity: 2,
  summary: 'Reports in words what was slow.',
  syntax: '',
  run({ server, reply }) {
    reply.verbatim('txt', latencyReport(server.latency))
  },
})

const histogram = defineCommand({
  ...facts,
  name: 'histogram',
  arity: -2,
  since: '7.0.0',
  summary: 'Tells how many calls of a command took how long at most.',
  complexity: 'O(N) with N commands',
  syntax: '[command [command ...]]',
  run(call) {
    const { args, reply, server } = call
    const histograms = server.latency.histograms(args.left === 0 ? undefined : restTexts(call))
    reply.map(histograms.length)
    for (const { fullName, calls, cumulative } of histograms) {
      reply.text(fullName)
      reply.map(2)
      reply.text('calls')
      reply.integer(calls)
      reply.text('histogram_usec')
      reply.map(cumulative.length)
      for (const [boundUs, count] of cumulative) {
        reply.integer(boundUs)
        reply.integer(count)
      }
    }
  },
})

const help = helpCommand(
  'latency',
  'server',
  '2.8.13',
  [],
  [
    { usage: 'DOCTOR', lines: ['Report in words what was slow.'] },
    { usage: 'GRAPH <event>', lines: ['Draw how slow an event was.'] },
    { usage: 'HISTORY <event>', lines: ['Tell when an event was slow, and how slow.'] },
    { usage: 'LATEST', lines: ['Tell the last slow occurrence of every event.'] },
    { usage: 'RESET [<event> ...]', lines: ['Forget the events, or all of them.'] },
    { usage: 'HISTOGRAM [<command> ...]', lines: ['Tell how many calls took how many microseconds at most.'] },
  ],
)

export const latency = defineContainer(
  {
    ...facts,
    name: 'latency',
    arity: -2,
    flags: [],
    summary: 'Tells what is slow.',
    complexity: 'Depends on the subcommand.',
    syntax: '',
  },
  [doctor, graph, help, histogram, history, latest, reset],
)

function restTexts({ args }: Call): string[] {
  const texts: string[] = []
  while (args.left > 0) texts.push(args.text(args.next()))
  return texts
}
