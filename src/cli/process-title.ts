/** `proc-title-template`: what `ps` and `top` call the process, in place of a command line that may hold a password. */
import type { Settings } from '../server/config/settings.ts'

const program = 'millrace'

export type TitleSettings = Pick<Settings, 'bindAddresses' | 'port' | 'titleTemplate' | 'unixSocketPath'> & {
  readonly tls: Pick<Settings['tls'], 'port'>
}

/** The template with its variables filled in (Redis 7.0, `expandProcTitleTemplate`); `configFile` is empty when there is
 *  none. */
export function processTitle(settings: TitleSettings, configFile: string): string {
  const { bindAddresses, port, tls, titleTemplate, unixSocketPath } = settings
  const portHeard = port === 0 ? tls.port : port
  const variables: Record<string, string> = {
    title: program,
    'listen-addr': portHeard === 0 ? unixSocketPath : `${bindAddresses[0] ?? '*'}:${portHeard}`,
    // There are neither clusters nor sentinels.
    'server-mode': '',
    port: String(port),
    'tls-port': String(tls.port),
    unixsocket: unixSocketPath,
    'config-file': configFile,
  }
  // The directive has been checked: no other variables are named.
  const filled = titleTemplate.replace(/\{\{|\{([^{}]*)\}/g, (brace, name?: string) =>
    name === undefined ? brace.slice(1) : variables[name]!,
  )
  return filled.replace(/ +$/, '')
}
