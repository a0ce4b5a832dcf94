/** INFO: which sections there are, in which order, and which an asker gets. */
import type { Administration } from './administration.ts'
import { commandLines, errorLines, latencyLines } from './info-commands.ts'
import { clusterLines, keyspaceLines, persistenceLines, replicationLines, statsLines } from './info-data.ts'
import { clientLines, memoryLines, serverLines } from './info-process.ts'

/** The lines of a section: `name:value`. */
type Section = (administration: Administration) => readonly string[]

/** In Redis' order; `inDefault` is what INFO tells without being asked for more. */
const sections: readonly { title: string; inDefault: boolean; lines: Section }[] = [
  { title: 'Server', inDefault: true, lines: serverLines },
  { title: 'Clients', inDefault: true, lines: clientLines },
  { title: 'Memory', inDefault: true, lines: memoryLines },
  { title: 'Persistence', inDefault: true, lines: persistenceLines },
  { title: 'Stats', inDefault: true, lines: statsLines },
  { title: 'Replication', inDefault: true, lines: replicationLines },
  { title: 'CPU', inDefault: true, lines: cpuLines },
  { title: 'Modules', inDefault: true, lines: () => [] },
  { title: 'Commandstats', inDefault: false, lines: commandLines },
  { title: 'Errorstats', inDefault: true, lines: errorLines },
  { title: 'Latencystats', inDefault: false, lines: latencyLines },
  { title: 'Cluster', inDefault: true, lines: clusterLines },
  { title: 'Keyspace', inDefault: true, lines: keyspaceLines },
]

/** The text of the sections whose names (in lower case) are asked for; unknown names say nothing. */
export function infoText(administration: Administration, asked: readonly string[]): string {
  const wanted = new Set(asked.length === 0 ? ['default'] : asked)
  const isWanted = (title: string, inDefault: boolean): boolean => {
    const name = title.toLowerCase()
    if (wanted.has('everything') || wanted.has(name)) return true
    return (wanted.has('all') && name !== 'modules') || (wanted.has('default') && inDefault)
  }
  return sections
    .filter(({ title, inDefault }) => isWanted(title, inDefault))
    .map(({ title, lines }) => [`# ${title}`, ...lines(administration)].map((line) => `${line}\r\n`).join(''))
    .join('\r\n')
}

function cpuLines({ host }: Administration): string[] {
  const facts = host.facts()
  return [
    `used_cpu_sys:${facts.cpuSystemSeconds.toFixed(6)}`,
    `used_cpu_user:${facts.cpuUserSeconds.toFixed(6)}`,
    'used_cpu_sys_children:0.000000',
    'used_cpu_user_children:0.000000',
  ]
}
