/** Every command there is, family by family. */
import { bitmapCommands } from './bitmap/bitmap-commands.ts'
import type { Command } from './command.ts'
import { connectionCommands } from './connection/connection-commands.ts'
import { databaseCommands } from './database/database-commands.ts'
import { geoCommands } from './geo/geo-commands.ts'
import { hashCommands } from './hash/hash-commands.ts'
import { hyperloglogCommands } from './hyperloglog/hyperloglog-commands.ts'
import { keyCommands } from './key/key-commands.ts'
import { listCommands } from './list/list-commands.ts'
import { pubsubCommands } from './pubsub/publish.ts'
import { scriptingCommands } from './scripting/scripting-commands.ts'
import { serverCommands } from './server/server-commands.ts'
import { setCommands } from './set/set-commands.ts'
import { streamCommands } from './stream/stream-commands.ts'
import { stringCommands } from './string/string-commands.ts'
import { transactionCommands } from './transactions.ts'
import { zsetCommands } from './zset/zset-commands.ts'

export const commandTable: readonly Command[] = [
  ...connectionCommands,
  ...stringCommands,
  ...bitmapCommands,
  ...hyperloglogCommands,
  ...keyCommands,
  ...databaseCommands,
  ...serverCommands,
  ...transactionCommands,
  ...scriptingCommands,
  ...streamCommands,
  ...listCommands,
  ...setCommands,
  ...zsetCommands,
  ...geoCommands,
  ...hashCommands,
  ...pubsubCommands,
]
