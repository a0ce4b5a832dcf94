/** Every command there is, family by family. */
import type { Command } from './command.ts'
import { databaseCommands } from './database/database-commands.ts'
import { keyCommands } from './key/key-commands.ts'
import { listCommands } from './list/list-commands.ts'
import { streamCommands } from './stream/stream-commands.ts'
import { ping } from './string/ping.ts'
import { stringCommands } from './string/string-commands.ts'
import { transactionCommands } from './transactions.ts'

export const commandTable: readonly Command[] = [
  ping,
  ...stringCommands,
  ...keyCommands,
  ...databaseCommands,
  ...transactionCommands,
  ...streamCommands,
  ...listCommands,
]
