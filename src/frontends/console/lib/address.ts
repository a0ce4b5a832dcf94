/** What the address holds: the page, the key it shows and how. `#/streams/orders?db=2&from=17…`; keys are percent-encoded
 *  bytes, so that any key can be linked to. */
import { type Bytes, fromAddressPart, fromText, toAddressPart, toText } from './bytes.ts'

export const pages = [
  'overview',
  'streams',
  'queues',
  'channels',
  'keys',
  'clients',
  'slowlog',
  'configuration',
  'command',
] as const
export type PageName = (typeof pages)[number]

export interface Address {
  readonly page: PageName
  /** The key, channel or pattern that is shown. */
  readonly key?: Bytes | undefined
  /** How it is shown, by name; `db` is always read. */
  readonly options: Readonly<Record<string, string>>
}

export function readAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  const [name = '', ...rest] = path.split('/')
  const page = pages.find((each) => each === name) ?? 'overview'
  const key = rest.length === 0 ? undefined : fromAddressPart(rest.join('/'))
  const options: Record<string, string> = {}
  for (const part of query.split('&')) {
    const [option, value] = part.split(/=(.*)/s)
    if (option !== undefined && option !== '' && value !== undefined) options[option] = optionOf(value)
  }
  return { page, key, options }
}

function optionOf(part: string): string {
  const bytes = fromAddressPart(part)
  return toText(bytes) ?? bytes
}

export function writeAddress({ page, key, options }: Address): string {
  const path = key === undefined ? page : `${page}/${toAddressPart(key)}`
  const query = Object.entries(options)
    .filter(([, value]) => value !== '')
    .map(([option, value]) => `${option}=${toAddressPart(fromText(value))}`)
    .join('&')
  return `#/${path}${query === '' ? '' : `?${query}`}`
}

/** The database in an address. */
export function databaseOf({ options }: Address): number {
  return /^\d{1,6}$/.test(options.db ?? '') ? Number(options.db) : 0
}
