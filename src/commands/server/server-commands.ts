/** The commands about the server itself. */
import { asking, cluster, readOnly, readWrite } from './cluster.ts'
import { command } from './command.ts'
import { config } from './config.ts'
import { debug } from './debug.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { bgRewriteAof, bgsave, lastSave, save, wait, waitAof } from './persistence.ts'
import { info, lolwut, moduleContainer, replicaOf, role, shutdown, slaveOf, time } from './process.ts'
import { slowlog } from './slowlog.ts'

export const serverCommands = [
  command,
  config,
  debug,
  info,
  latency,
  lolwut,
  memory,
  moduleContainer,
  role,
  slowlog,
  time,
  bgRewriteAof,
  bgsave,
  lastSave,
  save,
  shutdown,
  replicaOf,
  slaveOf,
  wait,
  waitAof,
  cluster,
  asking,
  readOnly,
  readWrite,
]
