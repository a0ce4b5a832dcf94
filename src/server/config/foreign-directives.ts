/** The directives of replication and cluster, which aren't here, and of TLS. The former are checked, kept and listed so that a redis.conf and
 *  the clients' CONFIG GET work unchanged; a value that would ask for the thing itself is refused with a reason. */

import { checkHostName } from './checks.ts'
import {
  accepted,
  alias,
  bool,
  choice,
  directive,
  fixed,
  honoured,
  INT_MAX,
  INT64_MAX,
  int,
  memory,
  notWhileLoading,
  only,
  secret,
  type Topic,
  text,
  UINT64_MAX,
} from './directive.ts'
import { stringKind } from './kinds.ts'
import { replicaOfKind } from './special-kinds.ts'

const noReplicas = accepted('there is no replication')
const noCluster = accepted('there is no cluster')

export const replication: Topic = {
  title: 'Replication',
  directives: [
    directive(
      'replicaof',
      replicaOfKind,
      '',
      alias('slaveof'),
      fixed,
      only('', 'replication is not supported: this server is never a replica'),
      accepted('never a replica; any master is refused'),
    ),
    text('masteruser', secret, noReplicas),
    text('masterauth', secret, noReplicas),
    bool('replica-serve-stale-data', 'yes', alias('slave-serve-stale-data'), noReplicas),
    bool('replica-read-only', 'yes', alias('slave-read-only'), noReplicas),
    bool('replica-lazy-flush', 'no', alias('slave-lazy-flush'), noReplicas),
    bool('replica-ignore-maxmemory', 'yes', alias('slave-ignore-maxmemory'), noReplicas),
    bool('replica-ignore-disk-write-errors', 'no', noReplicas),
    bool('replica-announced', 'yes', noReplicas),
    text('replica-announce-ip', alias('slave-announce-ip'), noReplicas),
    int('replica-announce-port', 0, 0n, 65535n, alias('slave-announce-port'), noReplicas),
    int('replica-priority', 100, 0n, INT_MAX, alias('slave-priority'), noReplicas),
    int('min-replicas-to-write', 0, 0n, INT_MAX, alias('min-slaves-to-write'), noReplicas),
    int('min-replicas-max-lag', 10, 0n, INT_MAX, alias('min-slaves-max-lag'), noReplicas),
    int('repl-timeout', 60, 1n, INT_MAX, noReplicas),
    int('repl-ping-replica-period', 10, 1n, INT_MAX, alias('repl-ping-slave-period'), noReplicas),
    memory('repl-backlog-size', 1024 ** 2, 1n, INT64_MAX, noReplicas),
    int('repl-backlog-ttl', 3600, 0n, INT64_MAX, noReplicas),
    bool('repl-disable-tcp-nodelay', 'no', noReplicas),
    bool('repl-diskless-sync', 'yes', noReplicas),
    int('repl-diskless-sync-delay', 5, 0n, INT_MAX, noReplicas),
    int('repl-diskless-sync-max-replicas', 0, 0n, INT_MAX, noReplicas),
    choice('repl-diskless-load', 'disabled', ['disabled', 'on-empty-db', 'swapdb'], notWhileLoading, noReplicas),
    choice('propagation-error-behavior', 'ignore', ['ignore', 'panic', 'panic-on-replicas'], noReplicas),
  ],
}

export const cluster: Topic = {
  title: 'Cluster',
  directives: [
    bool(
      'cluster-enabled',
      'no',
      fixed,
      only('no', 'cluster mode is not supported'),
      accepted('there is no cluster; `yes` is refused'),
    ),
    directive('cluster-config-file', stringKind(), 'nodes.conf', fixed, noCluster),
    int('cluster-port', 0, 0n, 65535n, fixed, noCluster),
    int('cluster-node-timeout', 15000, 0n, INT64_MAX, noCluster),
    text('cluster-announce-ip', noCluster),
    directive('cluster-announce-hostname', stringKind(checkHostName, true), '', noCluster),
    int('cluster-announce-port', 0, 0n, 65535n, noCluster),
    int('cluster-announce-tls-port', 0, 0n, 65535n, noCluster),
    int('cluster-announce-bus-port', 0, 0n, 65535n, noCluster),
    choice('cluster-preferred-endpoint-type', 'ip', ['ip', 'hostname', 'unknown-endpoint'], noCluster),
    memory('cluster-link-sendbuf-limit', 0, 0n, UINT64_MAX, noCluster),
    int('cluster-migration-barrier', 1, 0n, INT_MAX, noCluster),
    bool('cluster-require-full-coverage', 'yes', noCluster),
    int('cluster-replica-validity-factor', 10, 0n, INT_MAX, alias('cluster-slave-validity-factor'), noCluster),
    bool('cluster-replica-no-failover', 'no', alias('cluster-slave-no-failover'), noCluster),
    bool('cluster-allow-replica-migration', 'yes', noCluster),
    bool('cluster-allow-reads-when-down', 'no', noCluster),
    bool('cluster-allow-pubsubshard-when-down', 'yes', noCluster),
  ],
}

export const tls: Topic = {
  title: 'TLS',
  directives: [
    int('tls-port', 0, 0n, 65535n, honoured('the port for TLS, on the addresses of `bind`; 0 listens on none')),
    choice('tls-auth-clients', 'yes', ['no', 'yes', 'optional'], honoured('whether clients show a certificate')),
    text('tls-cert-file', honoured("the server's certificate, and those between it and its authority")),
    text('tls-key-file', honoured('its private key')),
    text('tls-key-file-pass', secret, honoured('the password of the key')),
    text('tls-ca-cert-file', honoured('the authorities that clients are trusted by')),
    text('tls-ca-cert-dir', honoured('a folder of such authorities: files that end in pem, crt, cer or a number')),
    text('tls-dh-params-file', honoured('the parameters of DHE ciphers; without it there are none')),
    text('tls-protocols', honoured('versions that may be spoken; without it TLSv1.2 and TLSv1.3')),
    text('tls-ciphers', honoured('ciphers up to TLS 1.2')),
    text('tls-ciphersuites', honoured('cipher suites of TLS 1.3')),
    bool('tls-prefer-server-ciphers', 'no', honoured("whether the server's order of ciphers counts")),
    bool('tls-session-caching', 'yes', honoured('whether clients get tickets to come back with')),
    int(
      'tls-session-cache-size',
      20480,
      0n,
      INT_MAX,
      accepted('sessions are in the tickets of clients, not in a cache'),
    ),
    int('tls-session-cache-timeout', 300, 0n, INT_MAX, honoured('seconds for which a ticket is good')),
    bool('tls-replication', 'no', only('no', 'replication is not supported'), accepted('there is no replication')),
    bool('tls-cluster', 'no', only('no', 'cluster mode is not supported'), accepted('there is no cluster')),
    text('tls-client-cert-file', noReplicas),
    text('tls-client-key-file', noReplicas),
    text('tls-client-key-file-pass', secret, noReplicas),
  ],
}
