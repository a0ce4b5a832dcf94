/** A client's line in CLIENT LIST: the fields of Redis 7.0 in their order, then the library where one has told.
 *
 *  Read and write buffers are shared by all connections, so there is none to report for a single one (`qbuf-free`,
 *  `rbs`, `rbp`); file descriptors are Node's own business. */
import { type Session, special } from './session.ts'

/** The line, without its end. */
export function clientLine(session: Session, nowMs: number): string {
  const { connection, subscriptions, transaction } = session
  const queueBytes = transaction === undefined ? 0 : queuedBytes(session)
  const outputBytes = session.heldBytes + connection.pendingBytes
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
    ['qbuf', session.parser.bufferedBytes],
    ['qbuf-free', 0],
    ['argv-mem', waitingBytes(session)],
    ['multi-mem', queueBytes],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', 0],
    ['oll', 0],
    ['omem', outputBytes],
    ['tot-mem', outputBytes + queueBytes + waitingBytes(session) + session.parser.bufferedBytes],
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

/** Bytes of the request that waits, for a key or for the end of a pause. */
function waitingBytes({ waiter, postponed }: Session): number {
  return (waiter?.wait.args.bytes.length ?? 0) + (postponed?.bytes.length ?? 0)
}

function queuedBytes({ transaction }: Session): number {
  return transaction?.queue.reduce((sum, { args }) => sum + args.bytes.length, 0) ?? 0
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.floor(ms / 1000))
}
