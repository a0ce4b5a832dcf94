/** CLIENT TRACKING and its kin. Server-assisted caching is not there yet: switching it on is refused plainly, and the
 *  rest answers as Redis does for a client that does not track. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { syntaxError } from '../../broker/errors.ts'
import { defineCommand } from '../command.ts'
import { clientFacts } from './client-facts.ts'

const tracking = defineCommand({
  ...clientFacts({
    name: 'tracking',
    arity: -3,
    since: '6.0.0',
    summary: 'Tells the client of changes to the keys it read (not supported yet).',
    syntax: '<ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]',
  }),
  run({ args, reply }) {
    if (args.token('ON')) throw new ReplyError('ERR CLIENT TRACKING is not supported yet')
    if (!args.token('OFF')) throw syntaxError()
    while (args.left > 0) {
      if (args.token('REDIRECT')) args.nextInt64()
      else if (args.token('PREFIX')) args.next()
      else if (!['BCAST', 'OPTIN', 'OPTOUT', 'NOLOOP'].some((word) => args.token(word))) throw syntaxError()
    }
    reply.ok()
  },
})

const trackinginfo = defineCommand({
  ...clientFacts({ name: 'trackinginfo', arity: 2, since: '6.2.0', summary: 'How the connection tracks keys.' }),
  run({ reply }) {
    reply.map(3)
    reply.text('flags')
    reply.set(1)
    reply.text('off')
    reply.text('redirect')
    reply.integer(-1)
    reply.text('prefixes')
    reply.array(0)
  },
})

const getredir = defineCommand({
  ...clientFacts({
    name: 'getredir',
    arity: 2,
    since: '6.0.0',
    summary: 'To which connection invalidations are redirected; -1 when the connection does not track.',
  }),
  run({ reply }) {
    reply.integer(-1)
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
  run() {
    throw new ReplyError(
      'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
    )
  },
})

export const trackingCommands = [tracking, trackinginfo, getredir, caching]
