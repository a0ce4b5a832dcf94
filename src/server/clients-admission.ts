/** Who may connect at all, and for how long without a word: `maxclients`, protected mode, `timeout`. */
import type { Settings } from './config/settings.ts'
import { type Session, special } from './session.ts'

const protectedModeText =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the ' +
  'default user. In this mode connections are only accepted from the loopback interface. If you want to connect from ' +
  'external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending ' +
  "the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host " +
  'the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG ' +
  'REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the ' +
  "Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you " +
  "started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an " +
  'authentication password for the default user. NOTE: You only need to do one of the above things in order for the ' +
  'server to start accepting connections from the outside.\r\n'

/** The bytes with which a new connection is turned away, or undefined when it may stay. `count` are there already. */
export function connectionRefusal(
  session: Session,
  count: number,
  settings: Settings,
  needsPassword: boolean,
): string | undefined {
  if (count >= settings.clientsMax) return '-ERR max number of clients reached\r\n'
  if (settings.protectedMode && !needsPassword && !session.isLocal) return protectedModeText
  return undefined
}

/** Whether the session has been silent for longer than `timeout` allows; those that wait for something may be. */
export function isIdleTooLong(session: Session, settings: Settings, nowMs: number): boolean {
  if (settings.idleTimeoutSeconds === 0) return false
  if (session.has(special.blocked | special.subscribed | special.monitor) || session.hasFeeds) return false
  return Math.floor((nowMs - session.lastActiveAtMs) / 1000) > settings.idleTimeoutSeconds
}
