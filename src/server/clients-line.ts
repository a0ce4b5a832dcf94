/** A client's line in CLIENT LIST: the fields of Redis 7.0 in their order, then the library where one has told.
 *
 *  Answers are written into a buffer that all connections share, so there is none to report for a single one (`rbs`, `rbp`,
 *  `obl`); file descriptors are Node's own business. */
import { clientBytes, outputBytes, queueBytes, waitingRequestBytes } from './client-memory.ts'
import { type Session, special } from './session.ts'

/** The line, without its end. */
export function clientLine(session: Session, nowMs: number): string {
  const { connection, parser, subscriptions, transaction } = session
  const fields: [string, string | number][] = [
    ['id', session.id],
    ['addr', connection.remoteAddress],
    ['laddr', connection.localAddress],
    ['fd', -1],
    ['name', session.name],
    ['age', wholeSeconds(nowMs - session.connectedAtMs)],
    ['idle', wholeSeconds(nowMs - session.lastActiveAtMs)],
    ['flags', flagsOf(session)],
    ['db', session.dbIndex],
    ['sub', subscriptions?.channel.size ?? 0],
    ['psub', subscriptions?.pattern.size ?? 0],
    ['ssub', subscriptions?.shard.size ?? 0],
    ['multi', transaction === undefined ? -1 : transaction.queue.length],
    ['qbuf', parser.bufferedBytes],
    ['qbuf-free', Math.max(0, parser.reservedBytes - parser.bufferedBytes)],
    ['argv-mem', waitingRequestBytes(session)],
    ['multi-mem', queueBytes(session)],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', 0],
    ['oll', session.heldSegments + Number(connection.pendingBytes > 0)],
    ['omem', outputBytes(session)],
    ['tot-mem', clientBytes(session)],
    ['events', connection.pendingBytes > 0 ? 'rw' : 'r'],
    ['cmd', session.lastEntry?.fullName ?? 'NULL'],
    ['user', session.user?.name ?? 'default'],
    ['redir', session.tracked?.redirectId ?? -1],
    ['resp', session.protocol],
  ]
  if (session.libraryName !== '') fields.push(['lib-name', session.libraryName])
  if (session.libraryVersion !== '') fields.push(['lib-ver', session.libraryVersion])
  return fields.map(([name, value]) => `${name}=${value}`).join(' ')
}

function flagsOf(session: Session): string {
  const { remoteAddress } = session.connection
  const flags = [
    session.has(special.monitor) && 'O',
    session.has(special.subscribed) && 'P',
    session.has(special.multi) && 'x',
    session.has(special.blocked) && 'b',
    session.tracked !== undefined && 't',
    session.tracked?.isBroken && 'R',
    session.tracked?.isBroadcast && 'B',
    session.isWatchBroken && 'd',
    session.has(special.closing) && 'c',
    remoteAddress.startsWith('/') && 'U',
    session.isEvictionExempt && 'e',
    session.isTouchSuppressed && 'T',
  ]
  return flags.filter((flag) => typeof flag === 'string').join('') || 'N'
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000))
}
