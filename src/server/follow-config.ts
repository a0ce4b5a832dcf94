/** Lets the broker's parts follow the configuration: now, and after every CONFIG SET. */
import type { Broker } from './broker.ts'
import { ValueRefused } from './config/kinds.ts'
import type { Settings } from './config/settings.ts'

/** Applies what the broker itself acts on; what listens, logs or times is the rim's business. */
export function followConfig(broker: Broker): void {
  const { acl, config, limits, keyspace, state } = broker
  const { collectionSettings } = keyspace
  state.whyDenied = (session, entry, args) => acl.refusal(session, entry, args)
  const follow = (names: readonly string[], apply: (settings: Settings) => void): void => {
    apply(config.settings)
    config.onChange(names, apply)
  }
  follow(['proto-max-bulk-len', 'client-query-buffer-limit'], (settings) => {
    limits.bulkBytesMax = settings.bulkBytesMax
    limits.queryBytesMax = settings.queryBufferBytesMax
  })
  follow(['notify-keyspace-events'], (settings) => {
    keyspace.notifyFlags = settings.keyspaceEvents
  })
  follow(['hash-max-listpack-entries', 'hash-max-listpack-value'], (settings) => {
    collectionSettings.hashCompactEntriesMax = settings.hashCompactEntriesMax
    collectionSettings.hashCompactBytesMax = settings.hashCompactBytesMax
  })
  follow(['set-max-intset-entries'], (settings) => {
    collectionSettings.intsetEntriesMax = settings.intsetEntriesMax
  })
  follow(['zset-max-listpack-entries', 'zset-max-listpack-value'], (settings) => {
    collectionSettings.sortedSetCompactEntriesMax = settings.sortedSetCompactEntriesMax
    collectionSettings.sortedSetCompactBytesMax = settings.sortedSetCompactBytesMax
  })
  config.onChange(['requirepass'], (settings) => acl.setDefaultPassword(settings.password))
  follow(['enable-debug-command'], (settings) => {
    state.debugCommands = settings.debugCommand
  })
  follow(['appendfsync'], (settings) => {
    broker.holdsReplies = settings.appendOnly && settings.appendFsync === 'always'
  })
  config.onChange(['tracking-table-max-keys'], () => broker.tracking.limitKeys())
  // The log is opened before the first client and closed behind the last one.
  config.onChange(['appendonly'], () => {
    throw new ValueRefused('whether there is a log is decided at start')
  })
}
