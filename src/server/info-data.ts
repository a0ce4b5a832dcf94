/** INFO's sections about the data: persistence, stats, replication, cluster, keyspace. Fields of things that are not
 *  here (forks, replicas) have the values they would have in a Redis that never used them. */

import type { Database } from '../keyspace/database.ts'
import type { Administration } from './administration.ts'
import { serverFlag } from './server-state.ts'

/** Entries of a database that are looked at for its average time to live. */
const ttlSamplesMax = 1000

const noReplicationId = '0'.repeat(40)

const commitPercentiles = [50, 99, 99.9]

export function persistenceLines(administration: Administration): string[] {
  const { broker, persistence } = administration
  const { last, running } = persistence
  const { keyspace, state } = broker
  const status = (isOk: boolean): string => (isOk ? 'ok' : 'err')
  const seconds = (ms: number): number => (ms < 0 ? -1 : Math.floor(ms / 1000))
  const since = (kind: string): number =>
    running === kind || (running === 'auto' && kind === 'rewrite')
      ? seconds(Math.max(0, keyspace.nowMs - persistence.startedAtMs))
      : -1
  const lines = [
    `loading:${Number(state.has(serverFlag.loading))}`,
    'async_loading:0',
    'current_cow_peak:0',
    'current_cow_size:0',
    'current_cow_size_age:0',
    'current_fork_perc:0.00',
    'current_save_keys_processed:0',
    'current_save_keys_total:0',
    `rdb_changes_since_last_save:${keyspace.dirty}`,
    `rdb_bgsave_in_progress:${Number(running === 'save')}`,
    `rdb_last_save_time:${Math.floor(persistence.lastSaveAtMs / 1000)}`,
    `rdb_last_bgsave_status:${status(last.save.isOk)}`,
    `rdb_last_bgsave_time_sec:${seconds(last.save.durationMs)}`,
    `rdb_current_bgsave_time_sec:${since('save')}`,
    `rdb_saves:${persistence.saves}`,
    'rdb_last_cow_size:0',
    'rdb_last_load_keys_expired:0',
    'rdb_last_load_keys_loaded:0',
    `aof_enabled:${Number(persistence.isLogged)}`,
    `aof_rewrite_in_progress:${Number(running === 'rewrite' || running === 'auto')}`,
    `aof_rewrite_scheduled:${Number(persistence.isRewriteScheduled)}`,
    `aof_last_rewrite_time_sec:${seconds(last.rewrite.durationMs)}`,
    `aof_current_rewrite_time_sec:${since('rewrite')}`,
    `aof_last_bgrewrite_status:${status(last.rewrite.isOk)}`,
    `aof_rewrites:${persistence.rewrites}`,
    'aof_rewrites_consecutive_failures:0',
    `aof_last_write_status:${status(!state.has(serverFlag.refusing))}`,
    'aof_last_cow_size:0',
    'module_fork_in_progress:0',
    'module_fork_last_cow_size:0',
  ]
  if (!persistence.isLogged) return [...lines, ...loadingLines(administration)]
  return [
    ...lines,
    `aof_current_size:${broker.storage.currentBytes}`,
    `aof_base_size:${broker.storage.baseBytes}`,
    `aof_pending_rewrite:${Number(persistence.isRewriteScheduled)}`,
    `aof_buffer_length:${broker.logPendingBytes}`,
    'aof_pending_bio_fsync:0',
    'aof_delayed_fsync:0',
    ...commitLines(administration),
    ...loadingLines(administration),
  ]
}

/** How long commits took, in microseconds; Redis has none of these. The histogram's counts are summed up, as in LATENCY
 *  HISTOGRAM. */
function commitLines({ broker }: Administration): string[] {
  const { histogram, totalUs } = broker.commitTimes
  const percentiles = commitPercentiles.map((percent) => `p${percent}=${histogram.percentileUs(percent).toFixed(3)}`)
  const counts = histogram.cumulative().map(([boundUs, count]) => `${boundUs}=${count}`)
  return [
    `log_commits_timed:${histogram.total}`,
    `log_commit_usec:${Math.floor(totalUs)}`,
    `log_commit_percentiles_usec:${percentiles.join(',')}`,
    `log_commit_histogram_usec:${counts.join(',')}`,
  ]
}

/** How far the start-up is, while the data is being read. */
function loadingLines({ broker }: Administration): string[] {
  if (!broker.state.has(serverFlag.loading)) return []
  const { doneBytes, totalBytes, startedAtMs } = broker.storage.progress
  const fraction = doneBytes / Math.max(1, totalBytes)
  const elapsedSeconds = (broker.clockMs() - startedAtMs) / 1000
  const etaSeconds = fraction > 0 ? elapsedSeconds / fraction - elapsedSeconds : 1
  return [
    `loading_start_time:${Math.floor(startedAtMs / 1000)}`,
    `loading_total_bytes:${totalBytes}`,
    'loading_rdb_used_mem:0',
    `loading_loaded_bytes:${doneBytes}`,
    `loading_loaded_perc:${(fraction * 100).toFixed(2)}`,
    `loading_eta_seconds:${Math.floor(etaSeconds)}`,
  ]
}

export function statsLines(administration: Administration): string[] {
  const { broker, statistics, totalCommands } = administration
  const { channels, clientEviction, eviction, keyspace, outbox, tracking } = broker
  const kbps = (perSecond: number): string => (perSecond / 1024).toFixed(2)
  return [
    `total_connections_received:${statistics.connections}`,
    `total_commands_processed:${totalCommands}`,
    `instantaneous_ops_per_sec:${Math.floor(statistics.commandRate.perSecond)}`,
    `total_net_input_bytes:${statistics.inputBytes}`,
    `total_net_output_bytes:${outbox.writtenBytes}`,
    'total_net_repl_input_bytes:0',
    'total_net_repl_output_bytes:0',
    `instantaneous_input_kbps:${kbps(statistics.inputRate.perSecond)}`,
    `instantaneous_output_kbps:${kbps(statistics.outputRate.perSecond)}`,
    'instantaneous_input_repl_kbps:0.00',
    'instantaneous_output_repl_kbps:0.00',
    `rejected_connections:${statistics.rejectedConnections}`,
    'sync_full:0',
    'sync_partial_ok:0',
    'sync_partial_err:0',
    `expired_subkeys:${keyspace.expiredFields}`,
    `expired_keys:${keyspace.expiredKeys}`,
    'expired_stale_perc:0.00',
    'expired_time_cap_reached_count:0',
    `expire_cycle_cpu_milliseconds:${Math.floor(statistics.expireCycleMs)}`,
    `evicted_keys:${keyspace.evictedKeys}`,
    `evicted_clients:${clientEviction.evictedCount}`,
    `total_eviction_exceeded_time:${eviction.exceededTotalMs}`,
    `current_eviction_exceeded_time:${eviction.exceededMs}`,
    `keyspace_hits:${keyspace.hits}`,
    `keyspace_misses:${keyspace.misses}`,
    `pubsub_channels:${channels.nameCount('channel')}`,
    `pubsub_patterns:${channels.patternCount}`,
    `pubsubshard_channels:${channels.nameCount('shard')}`,
    'latest_fork_usec:0',
    'total_forks:0',
    'migrate_cached_sockets:0',
    'slave_expires_tracked_keys:0',
    'active_defrag_hits:0',
    'active_defrag_misses:0',
    'active_defrag_key_hits:0',
    'active_defrag_key_misses:0',
    'total_active_defrag_time:0',
    'current_active_defrag_time:0',
    `tracking_total_keys:${tracking.keyCount}`,
    `tracking_total_items:${tracking.itemCount}`,
    `tracking_total_prefixes:${tracking.prefixCount}`,
    'unexpected_error_replies:0',
    `total_error_replies:${statistics.errorTotal}`,
    'dump_payload_sanitizations:0',
    `total_reads_processed:${statistics.reads}`,
    `total_writes_processed:${outbox.writes}`,
    'io_threaded_reads_processed:0',
    'io_threaded_writes_processed:0',
    'reply_buffer_shrinks:0',
    'reply_buffer_expands:0',
  ]
}

export function replicationLines({ broker, runId }: Administration): string[] {
  return [
    'role:master',
    'connected_slaves:0',
    'master_failover_state:no-failover',
    `master_replid:${runId}`,
    `master_replid2:${noReplicationId}`,
    'master_repl_offset:0',
    'second_repl_offset:-1',
    'repl_backlog_active:0',
    `repl_backlog_size:${broker.config.get('repl-backlog-size')}`,
    'repl_backlog_first_byte_offset:0',
    'repl_backlog_histlen:0',
  ]
}

export function clusterLines(): string[] {
  return ['cluster_enabled:0']
}

export function keyspaceLines({ broker }: Administration): string[] {
  const { databases, nowMs } = broker.keyspace
  return databases
    .filter((db) => db.size > 0)
    .map((db) => `db${db.index}:keys=${db.size},expires=${db.expiringCount},avg_ttl=${averageTtlMs(db, nowMs)}`)
}

/** The average time to live of the keys that have one, from a sample spread over the database. */
function averageTtlMs(db: Database, nowMs: number): number {
  if (db.expiringCount === 0) return 0
  const step = Math.max(1, Math.floor(db.entryLimit / ttlSamplesMax))
  let sum = 0
  let count = 0
  for (let entry = 0; entry < db.entryLimit; entry += step) {
    if (!db.has(entry) || db.expiresAtMs(entry) < 0) continue
    sum += Math.max(0, db.expiresAtMs(entry) - nowMs)
    count++
  }
  return count === 0 ? 0 : Math.floor(sum / count)
}
