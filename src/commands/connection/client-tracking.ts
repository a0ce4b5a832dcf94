/** CLIENT TRACKING, CACHING, GETREDIR and TRACKINGINFO: who wants to hear that what it read has changed. */
import type { Args } from '../../../protocol/resp/args.ts'
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError } from '../../broker/errors.ts'
import { latin1Bytes } from '../../lib/bytes.ts'
import type { Call } from '../call.ts'
import { defineCommand } from '../command.ts'
import { clientFacts } from './client-facts.ts'
import type { TrackingInfo, TrackingOptions } from './client-server.ts'

const tracking = defineCommand({
  ...clientFacts({
    name: 'tracking',
    arity: -3,
    since: '6.0.0',
    summary: 'Tells the client of changes to the keys it read, or to all with some prefixes.',
    complexity: 'O(1), and O(N) with N prefixes',
    syntax: '<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]',
  }),
  run(call) {
    const { args, client, reply, server } = call
    const mode = args.next()
    const wanted = readOptions(call)
    if (args.is(mode, 'ON')) server.tracking.start(client, checked(wanted, server.tracking.info(client)))
    else if (args.is(mode, 'OFF')) server.tracking.stop(client)
    else throw syntaxError()
    reply.ok()
  },
})

/** What the words say, before it is looked at whether they go together. */
interface WantedOptions {
  redirectId: number
  isBroadcast: boolean
  isOptIn: boolean
  isOptOut: boolean
  isLoopless: boolean
  readonly prefixes: string[]
}

function readOptions({ args, server }: Call): WantedOptions {
  const wanted: WantedOptions = {
    redirectId: 0,
    isBroadcast: false,
    isOptIn: false,
    isOptOut: false,
    isLoopless: false,
    prefixes: [],
  }
  while (args.left > 0) {
    const hasValue = args.left > 1
    if (hasValue && args.token('REDIRECT')) {
      if (wanted.redirectId !== 0) throw new ReplyError('ERR A client can only redirect to a single other client')
      wanted.redirectId = Number(args.nextInt64())
      if (server.clients.byId(wanted.redirectId) === undefined) {
        throw new ReplyError('ERR The client ID you want redirect to does not exist')
      }
    } else if (hasValue && args.token('PREFIX')) wanted.prefixes.push(args.text(args.next()))
    else if (args.token('BCAST')) wanted.isBroadcast = true
    else if (args.token('OPTIN')) wanted.isOptIn = true
    else if (args.token('OPTOUT')) wanted.isOptOut = true
    else if (args.token('NOLOOP')) wanted.isLoopless = true
    else throw syntaxError()
  }
  return wanted
}

/** The options, if they go together and with what the client has. */
function checked(wanted: WantedOptions, current: TrackingInfo | undefined): TrackingOptions {
  const { isBroadcast, isOptIn, isOptOut, prefixes } = wanted
  if (!isBroadcast && prefixes.length > 0) {
    throw new ReplyError('ERR PREFIX option requires BCAST mode to be enabled')
  }
  if (current !== undefined && current.isBroadcast !== isBroadcast) throw cannotSwitch('BCAST mode on/off')
  if (isBroadcast && (isOptIn || isOptOut)) {
    throw new ReplyError('ERR OPTIN and OPTOUT are not compatible with BCAST')
  }
  if (isOptIn && isOptOut) throw new ReplyError("ERR You can't specify both OPTIN mode and OPTOUT mode")
  if ((isOptIn && current?.mode === 'optout') || (isOptOut && current?.mode === 'optin')) {
    throw cannotSwitch('OPTIN/OPTOUT mode')
  }
  if (isBroadcast) refuseOverlaps(prefixes, current?.prefixes ?? new Set())
  return {
    redirectId: wanted.redirectId,
    isBroadcast,
    mode: isOptIn ? 'optin' : isOptOut ? 'optout' : 'all',
    isLoopless: wanted.isLoopless,
    prefixes: new Set(prefixes),
  }
}

function cannotSwitch(what: string): ReplyError {
  return new ReplyError(
    `ERR You can't switch ${what} before disabling tracking for this client, and then re-enabling it with a different mode.`,
  )
}

function refuseOverlaps(prefixes: readonly string[], current: ReadonlySet<string>): void {
  for (const [i, prefix] of prefixes.entries()) {
    const existing = sorted(current).find((each) => doOverlap(each, prefix))
    if (existing !== undefined) throw overlap(prefix, `an existing prefix '${quoted(existing)}'`)
    const other = prefixes.slice(i + 1).find((each) => doOverlap(each, prefix))
    if (other !== undefined) throw overlap(prefix, `another provided prefix '${quoted(other)}'`)
  }
}

function doOverlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a)
}

function overlap(prefix: string, other: string): ReplyError {
  return new ReplyError(
    `ERR Prefix '${quoted(prefix)}' overlaps with ${other}. Prefixes for a single client must not overlap.`,
  )
}

/** As Redis prints C strings: up to the first NUL. */
function quoted(text: string): string {
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

function sorted(prefixes: ReadonlySet<string>): string[] {
  return [...prefixes].sort()
}

const trackinginfo = defineCommand({
  ...clientFacts({ name: 'trackinginfo', arity: 2, since: '6.2.0', summary: 'How the connection tracks keys.' }),
  run({ client, reply, server }) {
    const info = server.tracking.info(client)
    const flags = flagsOf(info)
    reply.map(3)
    reply.text('flags')
    reply.set(flags.length)
    for (const flag of flags) reply.text(flag)
    reply.text('redirect')
    reply.integer(info?.redirectId ?? -1)
    const prefixes = sorted(info?.prefixes ?? new Set())
    reply.text('prefixes')
    reply.array(prefixes.length)
    for (const prefix of prefixes) reply.bulk(latin1Bytes(prefix))
  },
})

function flagsOf(info: TrackingInfo | undefined): string[] {
  if (info === undefined) return ['off']
  const flags = [
    'on',
    info.isBroadcast && 'bcast',
    info.mode === 'optin' && 'optin',
    info.mode === 'optin' && info.isCaching && 'caching-yes',
    info.mode === 'optout' && 'optout',
    info.mode === 'optout' && info.isCaching && 'caching-no',
    info.isLoopless && 'noloop',
    info.isBroken && 'broken_redirect',
  ]
  return flags.filter((flag) => flag !== false)
}

const getredir = defineCommand({
  ...clientFacts({
    name: 'getredir',
    arity: 2,
    since: '6.0.0',
    summary: 'To which connection invalidations are redirected; -1 when the connection does not track.',
  }),
  run({ client, reply, server }) {
    reply.integer(server.tracking.info(client)?.redirectId ?? -1)
  },
})

const caching = defineCommand({
  ...clientFacts({
    name: 'caching',
    arity: 3,
    since: '6.0.0',
    summary: 'Whether the keys of the next command are tracked.',
    syntax: '<YES | NO>',
  }),
  run({ args, client, reply, server }) {
    const info = server.tracking.info(client)
    if (info === undefined) {
      throw new ReplyError(
        'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
      )
    }
    const isYes = readYes(args)
    if (isYes ? info.mode !== 'optin' : info.mode !== 'optout') {
      const [word, mode] = isYes ? ['YES', 'OPTIN'] : ['NO', 'OPTOUT']
      throw new ReplyError(`ERR CLIENT CACHING ${word} is only valid when tracking is enabled in ${mode} mode.`)
    }
    server.tracking.expectCaching(client)
    reply.ok()
  },
})

function readYes(args: Args): boolean {
  if (args.token('YES')) return true
  if (args.token('NO')) return false
  throw syntaxError()
}

export const trackingCommands = [tracking, trackinginfo, getredir, caching]
