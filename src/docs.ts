/** `npm run docs`: writes anew what the references in protocol/ say, from the lists that the program itself goes by. */
import { writeFileSync } from 'node:fs'
import { commandReference } from './commands/reference.ts'
import { commandTable } from './commands/table.ts'
import { configurationReference } from './server/config/reference.ts'

const folder = new URL('../../protocol/', import.meta.url)

writeFileSync(new URL('commands.md', folder), commandReference(commandTable))
writeFileSync(new URL('configuration.md', folder), configurationReference())
