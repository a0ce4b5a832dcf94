/** The commands of the connection family. */
import { client } from './client.ts'
import { monitor } from './client-admin.ts'
import { sessionCommands } from './session.ts'

export const connectionCommands = [...sessionCommands, client, monitor]
