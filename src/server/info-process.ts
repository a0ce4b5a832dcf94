/** INFO's sections about the process: server, clients, memory. */
import type { Administration } from './administration.ts'
import { special } from './session.ts'

/** The Redis whose commands and replies these are: clients choose by it what they send. */
const redisVersion = '7.0.15'

export function serverLines({ broker, host, runId, startedAtMs }: Administration): string[] {
  const facts = host.facts()
  const nowMs = broker.clockMs()
  const uptimeSeconds = Math.floor((nowMs - startedAtMs) / 1000)
  return [
    'server_name:millrace',
    `millrace_version:${facts.millraceVersion}`,
    `redis_version:${redisVersion}`,
    'redis_git_sha1:00000000',
    'redis_git_dirty:0',
    'redis_build_id:0',
    'redis_mode:standalone',
    `os:${facts.system}`,
    'arch_bits:64',
    'monotonic_clock:process.hrtime',
    'multiplexing_api:libuv',
    `node_version:${facts.nodeVersion}`,
    `process_id:${facts.processId}`,
    'process_supervised:no',
    `run_id:${runId}`,
    `tcp_port:${facts.tcpPort}`,
    `server_time_usec:${Math.floor(nowMs * 1000)}`,
    `uptime_in_seconds:${uptimeSeconds}`,
    `uptime_in_days:${Math.floor(uptimeSeconds / 86400)}`,
    `hz:${broker.config.get('hz')}`,
    `configured_hz:${broker.config.get('hz')}`,
    `lru_clock:${Math.floor(nowMs / 1000) % 2 ** 24}`,
    `executable:${facts.executable}`,
    `config_file:${facts.configFile}`,
    'io_threads_active:0',
  ]
}

export function clientLines({ broker }: Administration): string[] {
  let inputBytesMax = 0
  let outputBytesMax = 0
  let subscribers = 0
  let timed = 0
  for (const session of broker.sessions.values()) {
    inputBytesMax = Math.max(inputBytesMax, session.parser.bufferedBytes)
    outputBytesMax = Math.max(outputBytesMax, session.heldBytes + session.connection.pendingBytes)
    if (session.has(special.subscribed)) subscribers++
    if (session.waiter !== undefined && session.waiter.wait.deadlineMs !== Number.POSITIVE_INFINITY) timed++
  }
  return [
    `connected_clients:${broker.sessions.size}`,
    'cluster_connections:0',
    `maxclients:${broker.config.settings.clientsMax}`,
    `client_recent_max_input_buffer:${inputBytesMax}`,
    `client_recent_max_output_buffer:${outputBytesMax}`,
    `blocked_clients:${broker.waiters.count + broker.pause.postponedCount}`,
    `tracking_clients:${broker.tracking.clientCount}`,
    `clients_in_timeout_table:${timed}`,
    `pubsub_clients:${subscribers}`,
  ]
}

export function memoryLines(administration: Administration): string[] {
  const { broker, host, scripting } = administration
  const { functions } = scripting
  const facts = host.facts()
  const memory = administration.memory()
  const datasetBytes = memory.usedBytes - memory.overheadBytes
  const residentRatio = (memory.residentBytes / Math.max(1, memory.processBytes)).toFixed(2)
  const maxBytes = Number(broker.config.get('maxmemory'))
  const sized = (name: string, bytes: number): string[] => [`${name}:${bytes}`, `${name}_human:${humanSize(bytes)}`]
  const percent = (part: number, whole: number): string => `${((part / Math.max(1, whole)) * 100).toFixed(2)}%`
  return [
    ...sized('used_memory', memory.usedBytes),
    ...sized('used_memory_rss', memory.residentBytes),
    ...sized('used_memory_peak', memory.peakBytes),
    `used_memory_peak_perc:${percent(memory.usedBytes, memory.peakBytes)}`,
    `used_memory_overhead:${memory.overheadBytes}`,
    `used_memory_startup:${memory.startupBytes}`,
    `used_memory_dataset:${datasetBytes}`,
    `used_memory_dataset_perc:${percent(datasetBytes, memory.usedBytes - memory.startupBytes)}`,
    `used_memory_heap:${facts.heapBytes}`,
    `used_memory_array_buffers:${facts.arrayBufferBytes}`,
    `allocator_allocated:${memory.processBytes}`,
    `allocator_active:${memory.processBytes}`,
    `allocator_resident:${memory.residentBytes}`,
    ...sized('total_system_memory', facts.totalSystemBytes),
    ...sized('used_memory_lua', scripting.usedBytes),
    `used_memory_vm_eval:${scripting.usedBytes}`,
    `used_memory_scripts_eval:${scripting.sourceBytes}`,
    `number_of_cached_scripts:${scripting.scriptCount}`,
    `number_of_functions:${functions.functionCount}`,
    `number_of_libraries:${functions.libraryCount}`,
    `used_memory_vm_functions:${functions.usedBytes}`,
    ...sized('used_memory_vm_total', scripting.usedBytes + functions.usedBytes),
    `used_memory_functions:${functions.codeBytes}`,
    ...sized('used_memory_scripts', scripting.sourceBytes + functions.codeBytes),
    ...sized('maxmemory', maxBytes),
    `maxmemory_policy:${broker.config.get('maxmemory-policy')}`,
    'allocator_frag_ratio:1.00',
    'allocator_frag_bytes:0',
    `allocator_rss_ratio:${residentRatio}`,
    `allocator_rss_bytes:${memory.residentBytes - memory.processBytes}`,
    'rss_overhead_ratio:1.00',
    'rss_overhead_bytes:0',
    `mem_fragmentation_ratio:${residentRatio}`,
    `mem_fragmentation_bytes:${memory.residentBytes - memory.processBytes}`,
    'mem_not_counted_for_evict:0',
    'mem_replication_backlog:0',
    'mem_total_replication_buffers:0',
    'mem_clients_slaves:0',
    `mem_clients_normal:${memory.clientBytes}`,
    'mem_cluster_links:0',
    `mem_aof_buffer:${broker.logPendingBytes}`,
    'mem_allocator:v8',
    'active_defrag_running:0',
    'lazyfree_pending_objects:0',
    'lazyfreed_objects:0',
  ]
}

/** A size as Redis prints it for people: `894.77K`. */
function humanSize(bytes: number): string {
  const units = ['B', 'K', 'M', 'G', 'T', 'P']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return unit === 0 ? `${bytes}B` : `${value.toFixed(2)}${units[unit]}`
}
