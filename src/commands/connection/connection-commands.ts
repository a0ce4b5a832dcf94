/** The commands of the connection family. */
import { acl } from './acl.ts'
import { client } from './client.ts'
import { monitor } from './client-admin.ts'
import { sessionCommands } from './session.ts'

export const connectionCommands = [...sessionCommands, client, acl, monitor]
