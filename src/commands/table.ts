/** Every command there is, family by family. */
import type { Command } from './command.ts'
import { streamCommands } from './stream/stream-commands.ts'
import { listCommands } from './list/list-commands.ts'
import { get, ping, set } from './string/set.ts'
import { transactionCommands } from './transactions.ts'

export const commandTable: readonly Command[] = [get, set, ping, ...transactionCommands, ...streamCommands, ...listCommands]
