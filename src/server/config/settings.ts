/** The honoured directives as typed values: what the rest of the broker reads, on hot paths too. */

import { stringBytesMax } from '../../keyspace/string-values.ts'
import { parseKeyspaceEvents } from './keyspace-events.ts'
import { type OutputBufferLimit, outputBufferLimits } from './special-kinds.ts'

export type FsyncPolicy = 'always' | 'everysec' | 'no'
export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning'
/** Whom a dangerous command is allowed to: nobody, everybody, or clients of this machine. */
export type Allowed = 'no' | 'yes' | 'local'

export type EvictionPolicy = 'noeviction' | `${'allkeys' | 'volatile'}-${'lru' | 'lfu' | 'random'}` | 'volatile-ttl'

/** Paths and texts are empty where nothing is given. */
export type TlsSettings = {
  /** 0: no TLS. */
  port: number
  certificateFile: string
  keyFile: string
  keyPassword: string
  authorityFile: string
  authorityFolder: string
  dhParamsFile: string
  clientCertificates: 'no' | 'yes' | 'optional'
  protocols: string
  ciphers: string
  cipherSuites: string
  prefersServerCiphers: boolean
  cachesSessions: boolean
  sessionSeconds: number
}

/** Texts are empty where nothing is given. */
export type HttpSettings = {
  /** 0: no HTTP. */
  port: number
  /** As `bindAddresses`. */
  bindAddresses: readonly string[]
  isTls: boolean
  allowedOrigins: readonly string[]
  bodyBytesMax: number
  /** Of one address; 0: no limit. */
  requestsPerSecondMax: number
  connectionsPerAddressMax: number
}

export type WebSocketSettings = {
  messageBytesMax: number
  /** Of one socket; 0: no limit. */
  messagesPerSecondMax: number
  /** Requests of one batch. */
  batchRequestsMax: number
  /** Of one socket. */
  subscriptionsMax: number
  /** Entries that a member of a group may hold. */
  groupCreditMax: number
  pingEveryMs: number
  /** While more than this waits for the socket its streams are not read. */
  streamBytesHigh: number
  /** With more than this waiting a channel's subscription is cut or conflated. */
  channelBytesHigh: number
}

export type TokenSettings = {
  /** The secret of HS256, or the file of one. */
  secret: Uint8Array
  secretFile: string
  keysFile: string
  issuer: string
  audience: string
  userClaim: string
}

/** Plain fields, replaced in place whenever the configuration changes: keep the object, read the field each time. Sizes and counts beyond
 *  2^53 lose their last digits here, never in CONFIG GET. */
export type Settings = {
  http: HttpSettings
  webSocket: WebSocketSettings
  tokens: TokenSettings
  tls: TlsSettings
  /** Addresses to listen on, as written: a leading `-` skips an address that the machine doesn't have; `*` is any. */
  bindAddresses: readonly string[]
  port: number
  tcpBacklog: number
  tcpKeepaliveSeconds: number
  /** Threads that help to send one message to many. */
  fanOutThreads: number
  /** 0: an idle client is never closed. */
  idleTimeoutSeconds: number
  /** Empty: no unix socket. */
  unixSocketPath: string
  /** 0: the umask decides. */
  unixSocketMode: number
  protectedMode: boolean
  clientsMax: number
  /** Empty: no password. */
  password: Uint8Array
  /** Empty: users are in the configuration file. */
  aclFile: string
  aclLogEntriesMax: number
  /** Whether new users may use all channels. */
  opensChannels: boolean
  outputBufferLimits: Record<'normal' | 'replica' | 'pubsub', OutputBufferLimit>
  queryBufferBytesMax: number
  /** Of all clients together, or a share of `maxmemory`; 0 for any number. */
  clientBytesMax: { bytes: number } | { percent: number }
  bulkBytesMax: number
  dataFolder: string
  dataFile: string
  databaseCount: number
  appendOnly: boolean
  appendFsync: FsyncPolicy
  /** 0: no checkpoint starts by itself. */
  autoCheckpointPercentage: number
  autoCheckpointBytesMin: number
  /** What keys and values may take, in bytes; 0: no limit. */
  dataBytesMax: number
  evictionPolicy: EvictionPolicy
  evictionSamples: number
  /** 0 to 100. */
  evictionTenacity: number
  frequencyLogFactor: number
  frequencyDecayMinutes: number
  /** Bits of `notifyClass`; 0: none. */
  keyspaceEvents: number
  /** How long a script runs before others are told. */
  busyReplyThresholdMs: number
  /** -1: nothing is logged; 0: everything. */
  slowlogSlowerThanMicros: number
  slowlogEntriesMax: number
  /** 0: the latency monitor is off. */
  latencyThresholdMs: number
  latencyTracking: boolean
  latencyPercentiles: readonly number[]
  logLevel: LogLevel
  /** Empty: the standard output. */
  logFile: string
  /** Empty: none. */
  pidFilePath: string
  /** Whether `ps` shows a title in place of the command line. */
  setsTitle: boolean
  titleTemplate: string
  /** Keys remembered for clients that track them; 0 for no limit. */
  trackedKeysMax: number
  /** 0: an entry's step is not limited by count. */
  streamNodeEntriesMax: number
  /** The largest set of integers that is kept in order. */
  intsetEntriesMax: number
  /** The largest sorted set that is kept in the compact form, and its longest member. */
  sortedSetCompactEntriesMax: number
  sortedSetCompactBytesMax: number
  sparseHyperLogLogBytesMax: number
  /** The largest hash that is kept in the compact form, and its longest field or value. */
  hashCompactEntriesMax: number
  hashCompactBytesMax: number
  debugCommand: Allowed
  protectedConfigs: Allowed
}

/** Derives the settings from the texts of the directives; `text` gives the value of a directive by its name. */
export function readSettings(text: (name: string) => string): Settings {
  const { number, yes, utf8, words } = readersOf(text)
  return {
    ...readHttpSettings(text),
    tls: {
      port: number('tls-port'),
      certificateFile: utf8('tls-cert-file'),
      keyFile: utf8('tls-key-file'),
      keyPassword: utf8('tls-key-file-pass'),
      authorityFile: utf8('tls-ca-cert-file'),
      authorityFolder: utf8('tls-ca-cert-dir'),
      dhParamsFile: utf8('tls-dh-params-file'),
      clientCertificates: text('tls-auth-clients') as TlsSettings['clientCertificates'],
      protocols: text('tls-protocols'),
      ciphers: text('tls-ciphers'),
      cipherSuites: text('tls-ciphersuites'),
      prefersServerCiphers: yes('tls-prefer-server-ciphers'),
      cachesSessions: yes('tls-session-caching'),
      sessionSeconds: number('tls-session-cache-timeout'),
    },
    ...readNetworkSettings(text),
    password: Buffer.from(text('requirepass'), 'latin1'),
    aclFile: utf8('aclfile'),
    aclLogEntriesMax: number('acllog-max-len'),
    opensChannels: text('acl-pubsub-default') === 'allchannels',
    outputBufferLimits: outputBufferLimits(text('client-output-buffer-limit')),
    queryBufferBytesMax: number('client-query-buffer-limit'),
    clientBytesMax: bytesOrPercent(text('maxmemory-clients')),
    bulkBytesMax: Math.min(number('proto-max-bulk-len'), stringBytesMax),
    dataFolder: utf8('dir'),
    dataFile: utf8('dbfilename'),
    databaseCount: number('databases'),
    appendOnly: yes('appendonly'),
    appendFsync: text('appendfsync') as FsyncPolicy,
    autoCheckpointPercentage: number('auto-aof-rewrite-percentage'),
    autoCheckpointBytesMin: number('auto-aof-rewrite-min-size'),
    ...readEvictionSettings(text),
    keyspaceEvents: parseKeyspaceEvents(text('notify-keyspace-events')) ?? 0,
    busyReplyThresholdMs: number('busy-reply-threshold'),
    slowlogSlowerThanMicros: number('slowlog-log-slower-than'),
    slowlogEntriesMax: number('slowlog-max-len'),
    latencyThresholdMs: number('latency-monitor-threshold'),
    latencyTracking: yes('latency-tracking'),
    latencyPercentiles: words('latency-tracking-info-percentiles').map(Number),
    logLevel: text('loglevel') as LogLevel,
    logFile: utf8('logfile'),
    pidFilePath: utf8('pidfile'),
    setsTitle: yes('set-proc-title'),
    titleTemplate: utf8('proc-title-template'),
    trackedKeysMax: number('tracking-table-max-keys'),
    streamNodeEntriesMax: number('stream-node-max-entries'),
    intsetEntriesMax: number('set-max-intset-entries'),
    sortedSetCompactEntriesMax: number('zset-max-listpack-entries'),
    sortedSetCompactBytesMax: number('zset-max-listpack-value'),
    sparseHyperLogLogBytesMax: number('hll-sparse-max-bytes'),
    hashCompactEntriesMax: number('hash-max-listpack-entries'),
    hashCompactBytesMax: number('hash-max-listpack-value'),
    debugCommand: text('enable-debug-command') as Allowed,
    protectedConfigs: text('enable-protected-configs') as Allowed,
  }
}

/** The values of directives as what they stand for. */
function readersOf(text: (name: string) => string) {
  return {
    number: (name: string) => Number(text(name)),
    yes: (name: string) => text(name) === 'yes',
    utf8: (name: string) => Buffer.from(text(name), 'latin1').toString('utf8'),
    words: (name: string) => (text(name) === '' ? [] : text(name).split(' ')),
  }
}

function readNetworkSettings(text: (name: string) => string) {
  const { number, yes, utf8, words } = readersOf(text)
  return {
    bindAddresses: words('bind'),
    port: number('port'),
    tcpBacklog: number('tcp-backlog'),
    tcpKeepaliveSeconds: number('tcp-keepalive'),
    fanOutThreads: number('fanout-threads'),
    idleTimeoutSeconds: number('timeout'),
    unixSocketPath: utf8('unixsocket'),
    unixSocketMode: Number.parseInt(text('unixsocketperm'), 8),
    protectedMode: yes('protected-mode'),
    clientsMax: number('maxclients'),
  }
}

function readHttpSettings(text: (name: string) => string): Pick<Settings, 'http' | 'tokens' | 'webSocket'> {
  const { number, yes, utf8, words } = readersOf(text)
  return {
    http: {
      port: number('http-port'),
      bindAddresses: words('http-bind'),
      isTls: yes('http-tls'),
      allowedOrigins: words('http-allowed-origins'),
      bodyBytesMax: number('http-body-max'),
      requestsPerSecondMax: number('http-requests-per-second'),
      connectionsPerAddressMax: number('http-connections-per-address'),
    },
    webSocket: {
      messageBytesMax: number('websocket-message-max'),
      messagesPerSecondMax: number('websocket-messages-per-second'),
      batchRequestsMax: number('websocket-batch-max'),
      subscriptionsMax: number('websocket-subscriptions-max'),
      groupCreditMax: number('websocket-group-credit-max'),
      pingEveryMs: number('websocket-ping-interval') * 1000,
      streamBytesHigh: number('websocket-stream-backlog'),
      channelBytesHigh: number('websocket-channel-backlog'),
    },
    tokens: {
      secret: Buffer.from(text('jwt-secret'), 'latin1'),
      secretFile: utf8('jwt-secret-file'),
      keysFile: utf8('jwt-jwks-file'),
      issuer: utf8('jwt-issuer'),
      audience: utf8('jwt-audience'),
      userClaim: utf8('jwt-user-claim'),
    },
  }
}

function readEvictionSettings(text: (name: string) => string) {
  const { number } = readersOf(text)
  return {
    dataBytesMax: number('maxmemory'),
    evictionPolicy: text('maxmemory-policy') as EvictionPolicy,
    evictionSamples: number('maxmemory-samples'),
    evictionTenacity: number('maxmemory-eviction-tenacity'),
    frequencyLogFactor: number('lfu-log-factor'),
    frequencyDecayMinutes: number('lfu-decay-time'),
  }
}

function bytesOrPercent(text: string): Settings['clientBytesMax'] {
  return text.endsWith('%') ? { percent: Number(text.slice(0, -1)) } : { bytes: Number(text) }
}
