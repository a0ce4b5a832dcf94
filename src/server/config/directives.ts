/** Every directive of Redis 7.0.15 and those of ours, by topic, read top to bottom: name, default, bounds, and what it does here. Those
 *  of values stand in `value-directives.ts`, of replication, cluster and TLS in `foreign-directives.ts`, of HTTP in
 *  `http-directives.ts`.
 *
 *  Names, bounds and defaults were read off a redis-server 7.0.15. Where our default is another, `inRedis` says Redis'. The reference
 *  `protocol/configuration.md` is made from this list. */

import { checkAppendDirname, checkAppendFilename, checkDbFilename, checkTitleTemplate } from './checks.ts'
import {
  accepted,
  alias,
  bool,
  choice,
  type Directive,
  directive,
  fixed,
  guarded,
  hidden,
  honoured,
  INT_MAX,
  INT_MIN,
  INT64_MAX,
  inRedis,
  int,
  memory,
  notWhileLoading,
  own,
  secret,
  type Topic,
  text,
  UINT_MAX,
  UINT64_MAX,
} from './directive.ts'
import { cluster, replication, tls } from './foreign-directives.ts'
import { http, tokens, webSocket } from './http-directives.ts'
import { intKind, memoryOrPercentKind, octalKind, stringKind } from './kinds.ts'
import {
  bindKind,
  keyspaceEventsKind,
  oomScoresKind,
  outputBufferLimitKind,
  percentilesKind,
  saveKind,
  shutdownKind,
} from './special-kinds.ts'
import { values } from './value-directives.ts'

const LIST_LIMITS = 'normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60'
const YES_NO_LOCAL = ['no', 'yes', 'local']

const noReplicas = accepted('there is no replication')
const noFork = accepted('nothing is saved by a child process')
const noAof = accepted('the log is in SQLite, not in append-only files')
const noDefrag = accepted('values are not kept in the memory of jemalloc')
const freedAtOnce = accepted('memory is given back in constant time')
const oneThread = accepted('threads are not configured')

const network: Topic = {
  title: 'Network',
  directives: [
    directive(
      'bind',
      bindKind,
      '127.0.0.1 -::1',
      inRedis('* -::*'),
      honoured('the addresses that TCP listens on; a leading - skips one that is missing'),
    ),
    int('port', 6379, 0n, 65535n, honoured('the TCP port; 0 listens on none')),
    int('tcp-backlog', 511, 0n, INT_MAX, fixed, honoured('connections that may wait to be taken')),
    int('tcp-keepalive', 300, 0n, INT_MAX, honoured('seconds of silence before probes, for new connections; 0 is off')),
    int('timeout', 0, 0n, INT_MAX, honoured('seconds after which an idle client is closed; 0 is never')),
    int(
      'fanout-threads',
      1,
      0n,
      64n,
      own,
      honoured('threads that help to send one message to many clients, if there are processors for them'),
    ),
    text('unixsocket', fixed, honoured('the path of a unix socket to listen on')),
    directive(
      'unixsocketperm',
      octalKind(0o777n),
      '0',
      fixed,
      honoured('the mode of the unix socket; 0 leaves it to the umask'),
    ),
    bool('protected-mode', 'yes', honoured('without a password only this machine may connect')),
    int(
      'maxclients',
      10000,
      1n,
      UINT_MAX,
      honoured('connections at a time, at most what the limit of open files allows'),
    ),
    text('bind-source-addr', noReplicas),
    int('socket-mark-id', 0, 0n, UINT_MAX, fixed, accepted('sockets are not marked')),
    int('io-threads', 1, 1n, 128n, fixed, oneThread),
    bool('io-threads-do-reads', 'no', fixed, oneThread),
  ],
}

const limits: Topic = {
  title: 'Clients and their limits',
  directives: [
    directive(
      'client-output-buffer-limit',
      outputBufferLimitKind,
      LIST_LIMITS,
      honoured('cuts clients that do not read; the replica class has no clients'),
    ),
    memory('client-query-buffer-limit', 1024 ** 3, 1024n ** 2n, INT64_MAX, honoured('bytes of one unfinished request')),
    memory(
      'proto-max-bulk-len',
      512 * 1024 ** 2,
      1024n ** 2n,
      INT64_MAX,
      honoured('bytes of one argument, and of one string value'),
    ),
    text('requirepass', secret, honoured('the password that AUTH and HELLO ask for')),
    int('tracking-table-max-keys', 1000000, 0n, INT64_MAX, honoured('keys remembered for clients that track them')),
    directive(
      'maxmemory-clients',
      memoryOrPercentKind,
      '0',
      honoured('bytes of all connections together, at least 128 KiB; the largest are closed when it is too much'),
    ),
  ],
}

const durability: Topic = {
  title: 'Data and durability',
  directives: [
    directive(
      'dir',
      stringKind(),
      './data',
      inRedis('the working directory'),
      guarded,
      notWhileLoading,
      honoured('the folder of the data, made at start when missing'),
    ),
    directive(
      'dbfilename',
      stringKind(checkDbFilename),
      'millrace.db',
      inRedis('dump.rdb'),
      guarded,
      honoured('the file of the data in `dir`'),
    ),
    int('databases', 16, 1n, INT_MAX, fixed, honoured('databases that SELECT may choose from')),
    bool(
      'appendonly',
      'yes',
      inRedis('no'),
      notWhileLoading,
      honoured('`yes` keeps a log, `no` keeps everything in memory alone; CONFIG SET refuses to change it'),
    ),
    choice(
      'appendfsync',
      'always',
      ['everysec', 'always', 'no'],
      inRedis('everysec'),
      honoured('when the log is synced: before every answer, every second, or when the system likes'),
    ),
    int(
      'auto-aof-rewrite-percentage',
      100,
      0n,
      INT_MAX,
      honoured('by how much log and data grow after a checkpoint before the next; 0 is never'),
    ),
    memory(
      'auto-aof-rewrite-min-size',
      64 * 1024 ** 2,
      0n,
      INT64_MAX,
      honoured('the log size below which no checkpoint starts by itself'),
    ),
    directive(
      'save',
      saveKind,
      '',
      inRedis('3600 1 300 100 60 10000'),
      accepted('a checkpoint starts when the log has outgrown the data'),
    ),
    directive('appendfilename', stringKind(checkAppendFilename), 'appendonly.aof', fixed, noAof),
    directive('appenddirname', stringKind(checkAppendDirname), 'appendonlydir', fixed, noAof),
    bool('no-appendfsync-on-rewrite', 'no', accepted('a checkpoint never suspends syncing')),
    bool('aof-load-truncated', 'yes', accepted('a torn last record is always cut off, with a warning')),
    bool('aof-use-rdb-preamble', 'yes', noAof),
    bool('aof-timestamp-enabled', 'no', accepted('every log record has its time')),
    bool('aof-rewrite-incremental-fsync', 'yes', noAof),
    bool('aof-disable-auto-gc', 'no', noAof),
    bool('stop-writes-on-bgsave-error', 'yes', accepted('writes are refused when the log cannot be written, always')),
    bool('rdbcompression', 'yes', noFork),
    bool('rdbchecksum', 'yes', fixed, accepted('every log record has a checksum')),
    bool('rdb-save-incremental-fsync', 'yes', noFork),
    bool('rdb-del-sync-files', 'no', noReplicas),
    int('rdb-key-save-delay', 0, INT_MIN, INT_MAX, hidden, noFork),
    int('key-load-delay', 0, INT_MIN, INT_MAX, hidden, accepted('a test aid of Redis')),
    int('loading-process-events-interval-bytes', 2097152, 1024n, INT_MAX, hidden, accepted('a test aid of Redis')),
    choice('sanitize-dump-payload', 'no', ['no', 'yes', 'clients'], accepted('every payload is looked through')),
  ],
}

const observation: Topic = {
  title: 'Notifications, logs and measurements',
  directives: [
    directive('notify-keyspace-events', keyspaceEventsKind, '', honoured('which keyspace notifications are published')),
    int('slowlog-log-slower-than', 10000, -1n, INT64_MAX, honoured('microseconds; -1 logs nothing, 0 everything')),
    int('slowlog-max-len', 128, 0n, INT64_MAX, honoured('entries of the slow log')),
    int(
      'latency-monitor-threshold',
      0,
      0n,
      INT64_MAX,
      honoured('milliseconds from which LATENCY keeps an event; 0 is off'),
    ),
    bool('latency-tracking', 'yes', honoured('whether INFO latencystats is kept')),
    directive(
      'latency-tracking-info-percentiles',
      percentilesKind,
      '50 99 99.9',
      honoured('the percentiles of INFO latencystats'),
    ),
    choice(
      'loglevel',
      'notice',
      ['debug', 'verbose', 'notice', 'warning'],
      honoured('the least important message that is logged; from `verbose` on, connections that come and go'),
    ),
    directive(
      'logfile',
      stringKind(),
      '',
      fixed,
      honoured('the file that messages are appended to; empty is the standard output'),
    ),
    bool('syslog-enabled', 'no', fixed, accepted('messages go to the standard output or to `logfile`')),
    directive('syslog-ident', stringKind(), 'redis', fixed, accepted('messages do not go to syslog')),
    choice(
      'syslog-facility',
      'local0',
      ['user', 'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
      fixed,
      accepted('messages do not go to syslog'),
    ),
    bool('crash-log-enabled', 'yes', accepted('a crash prints its stack')),
    bool('crash-memcheck-enabled', 'yes', accepted('memory is not checked after a crash')),
    bool('use-exit-on-panic', 'no', hidden, accepted('a test aid of Redis')),
    int('watchdog-period', 0, 0n, INT_MAX, hidden, accepted('there is no software watchdog')),
    int('acllog-max-len', 128, 0n, INT64_MAX, honoured('entries that ACL LOG keeps')),
  ],
}

const memoryAndExpiry: Topic = {
  title: 'Memory and expiry',
  directives: [
    memory('maxmemory', 0, 0n, UINT64_MAX, honoured('bytes that keys and values may take; 0 for no limit')),
    choice(
      'maxmemory-policy',
      'noeviction',
      [
        'volatile-lru',
        'volatile-lfu',
        'volatile-random',
        'volatile-ttl',
        'allkeys-lru',
        'allkeys-lfu',
        'allkeys-random',
        'noeviction',
      ],
      honoured('which keys go when the limit is reached'),
    ),
    int('maxmemory-samples', 5, 1n, INT_MAX, honoured('keys looked at for each that goes')),
    int('maxmemory-eviction-tenacity', 10, 0n, 100n, honoured('how long a turn makes room before it goes on')),
    int('lfu-log-factor', 10, 0n, INT_MAX, honoured('how slowly the counters of uses grow')),
    int('lfu-decay-time', 1, 0n, INT_MAX, honoured('minutes in which the counters of uses fade by one')),
    int('active-expire-effort', 1, 1n, 10n, accepted('keys expire by a heap of times, not by sampling')),
    bool('lazyfree-lazy-eviction', 'no', freedAtOnce),
    bool('lazyfree-lazy-expire', 'no', freedAtOnce),
    bool('lazyfree-lazy-server-del', 'no', freedAtOnce),
    bool('lazyfree-lazy-user-del', 'no', freedAtOnce),
    bool('lazyfree-lazy-user-flush', 'no', freedAtOnce),
    bool('activedefrag', 'no', noDefrag),
    memory('active-defrag-ignore-bytes', 100 * 1024 ** 2, 1n, INT64_MAX, noDefrag),
    int('active-defrag-threshold-lower', 10, 0n, 1000n, noDefrag),
    int('active-defrag-threshold-upper', 100, 0n, 1000n, noDefrag),
    int('active-defrag-cycle-min', 1, 1n, 99n, noDefrag),
    int('active-defrag-cycle-max', 25, 1n, 99n, noDefrag),
    int('active-defrag-max-scan-fields', 1000, 1n, INT64_MAX, noDefrag),
    bool('jemalloc-bg-thread', 'yes', noDefrag),
  ],
}

const processTopic: Topic = {
  title: 'The process',
  directives: [
    bool('daemonize', 'no', fixed, accepted('it stays in the foreground; a service manager puts it in the background')),
    choice(
      'supervised',
      'no',
      ['upstart', 'systemd', 'auto', 'no'],
      fixed,
      accepted('a service manager is not told of the start'),
    ),
    text('pidfile', fixed, honoured('the file that the process id stands in while the server runs')),
    bool('set-proc-title', 'yes', fixed, honoured('whether `ps` shows a title instead of the command line')),
    directive(
      'proc-title-template',
      stringKind(checkTitleTemplate),
      '{title} {listen-addr} {server-mode}',
      honoured('what that title says'),
    ),
    bool('always-show-logo', 'no', fixed, accepted('there is no logo')),
    choice('enable-debug-command', 'no', YES_NO_LOCAL, fixed, honoured('who may use DEBUG')),
    choice(
      'enable-protected-configs',
      'no',
      YES_NO_LOCAL,
      fixed,
      honoured('whether CONFIG SET refuses guarded directives as protected'),
    ),
    choice('enable-module-command', 'no', YES_NO_LOCAL, fixed, accepted('there are no modules')),
    directive('hz', intKind(0n, INT_MAX, { min: 1n, max: 500n }), '10', accepted('timers ring when they are due')),
    bool('dynamic-hz', 'yes', accepted('timers ring when they are due')),
    bool('activerehashing', 'yes', accepted('tables grow by themselves')),
    int(
      'busy-reply-threshold',
      5000,
      0n,
      INT64_MAX,
      alias('lua-time-limit'),
      honoured('after which others are told that a script keeps the server busy'),
    ),
    int('shutdown-timeout', 10, 0n, INT_MAX, accepted('there are no replicas to wait for')),
    directive('shutdown-on-sigint', shutdownKind, 'default', accepted('a stop always commits everything and answers')),
    directive('shutdown-on-sigterm', shutdownKind, 'default', accepted('a stop always commits everything and answers')),
    choice('oom-score-adj', 'no', ['no', 'yes', 'relative', 'absolute'], accepted('the score is left as it is')),
    directive('oom-score-adj-values', oomScoresKind, '0 200 800', accepted('the score is left as it is')),
    bool('disable-thp', 'yes', fixed, accepted('there is no fork that would suffer')),
    directive('ignore-warnings', stringKind(), '', accepted('there is no such warning')),
    text('server_cpulist', fixed, oneThread),
    text('bio_cpulist', fixed, oneThread),
    text('aof_rewrite_cpulist', fixed, oneThread),
    text('bgsave_cpulist', fixed, oneThread),
    directive('aclfile', stringKind(), '', fixed, honoured('the file of ACL users, read at start and by ACL LOAD')),
    choice(
      'acl-pubsub-default',
      'resetchannels',
      ['allchannels', 'resetchannels'],
      honoured('whether new ACL users may use every channel'),
    ),
  ],
}

/** Every directive by topic, in the order of the reference, of CONFIG GET and of the lines that CONFIG REWRITE adds. */
export const directiveTopics: readonly Topic[] = [
  network,
  http,
  webSocket,
  tokens,
  limits,
  durability,
  observation,
  memoryAndExpiry,
  values,
  processTopic,
  replication,
  cluster,
  tls,
]

/** The same in one list. */
export const directives: readonly Directive[] = directiveTopics.flatMap((topic) => topic.directives)

const byName = new Map<string, Directive>(
  directives.flatMap((item) => [
    [item.name, item] as const,
    ...(item.alias === undefined ? [] : [[item.alias, item] as const]),
  ]),
)

/** Finds a directive by its name or alias in any case; `undefined` when Redis has none of that name. */
export function findDirective(name: string): Directive | undefined {
  return byName.get(name.toLowerCase())
}
