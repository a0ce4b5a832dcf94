/** The commands of Redis Cluster, answered as by a Redis that was started without it. Clients that find out by CLUSTER
 *  whether they talk to a cluster know this answer, and go on with a single server. */
import { ReplyError } from '../../../protocol/resp/reply-error.ts'
import { type Command, type CommandFlag, defineCommand, defineContainer, noKeys } from '../command.ts'

const facts = {
  categories: [],
  keys: noKeys,
  group: 'cluster',
  summary: 'Is refused: this server belongs to no cluster.',
  complexity: 'O(1)',
  syntax: '',
} as const

function refuse(): never {
  throw new ReplyError('ERR This instance has cluster support disabled')
}

/** What changes the cluster, what tells of it to administrators, and what tells of it to everybody. */
const changing: readonly CommandFlag[] = ['admin', 'stale', 'no_async_loading']
const telling: readonly CommandFlag[] = ['admin', 'stale']
const open: readonly CommandFlag[] = ['stale']

function subcommand(name: string, arity: number, flags: readonly CommandFlag[], since: string, syntax = ''): Command {
  return defineCommand({ ...facts, name, arity, flags, since, syntax, run: refuse })
}

export const cluster = defineContainer(
  { ...facts, name: 'cluster', arity: -2, flags: [], since: '3.0.0', complexity: 'Depends on the subcommand.' },
  [
    subcommand('addslots', -3, changing, '3.0.0', 'slot [slot ...]'),
    subcommand('addslotsrange', -4, changing, '7.0.0', 'start-slot end-slot [start-slot end-slot ...]'),
    subcommand('bumpepoch', 2, changing, '3.0.0'),
    subcommand('count-failure-reports', 3, telling, '3.0.0', 'node-id'),
    subcommand('countkeysinslot', 3, open, '3.0.0', 'slot'),
    subcommand('delslots', -3, changing, '3.0.0', 'slot [slot ...]'),
    subcommand('delslotsrange', -4, changing, '7.0.0', 'start-slot end-slot [start-slot end-slot ...]'),
    subcommand('failover', -2, changing, '3.0.0', '[FORCE | TAKEOVER]'),
    subcommand('flushslots', 2, changing, '3.0.0'),
    subcommand('forget', 3, changing, '3.0.0', 'node-id'),
    subcommand('getkeysinslot', 4, open, '3.0.0', 'slot count'),
    subcommand('help', 2, ['loading', 'stale'], '5.0.0'),
    subcommand('info', 2, open, '3.0.0'),
    subcommand('keyslot', 3, open, '3.0.0', 'key'),
    subcommand('links', 2, open, '7.0.0'),
    subcommand('meet', -4, changing, '3.0.0', 'ip port [cluster-bus-port]'),
    subcommand('myid', 2, open, '3.0.0'),
    subcommand('nodes', 2, open, '3.0.0'),
    subcommand('replicas', 3, telling, '5.0.0', 'node-id'),
    subcommand('replicate', 3, changing, '3.0.0', 'node-id'),
    subcommand('reset', -2, ['admin', 'noscript', 'stale'], '3.0.0', '[HARD | SOFT]'),
    subcommand('saveconfig', 2, changing, '3.0.0'),
    subcommand('set-config-epoch', 3, changing, '3.0.0', 'config-epoch'),
    subcommand(
      'setslot',
      -4,
      changing,
      '3.0.0',
      'slot <IMPORTING node-id | MIGRATING node-id | NODE node-id | STABLE>',
    ),
    subcommand('shards', 2, open, '7.0.0'),
    subcommand('slaves', 3, telling, '3.0.0', 'node-id'),
    subcommand('slots', 2, open, '3.0.0'),
  ],
)

const connectionFacts = { ...facts, arity: 1, categories: ['connection'], since: '3.0.0', run: refuse }

export const asking = defineCommand({ ...connectionFacts, name: 'asking', flags: ['fast'] })
export const readOnly = defineCommand({ ...connectionFacts, name: 'readonly', flags: ['loading', 'stale', 'fast'] })
export const readWrite = defineCommand({ ...connectionFacts, name: 'readwrite', flags: ['loading', 'stale', 'fast'] })
