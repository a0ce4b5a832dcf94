/** The `tls-` directives and the files that they name, as what the TLS front end needs. */

import { constants } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TlsMaterials, TlsRefused } from '../frontends/tls.ts'
import type { Settings } from '../server/config/settings.ts'
import { reasonOf } from './start-error.ts'

/** Suites of TLS 1.3 when `tls-ciphersuites` names none, and OpenSSL's choice for those before it. */
const suitesByDefault = 'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256'
const ciphersByDefault = 'DEFAULT:!aNULL:!eNULL'

/** Versions and the bits that forbid them. */
const versions: ReadonlyMap<string, number> = new Map([
  ['tlsv1', constants.SSL_OP_NO_TLSv1],
  ['tlsv1.1', constants.SSL_OP_NO_TLSv1_1],
  ['tlsv1.2', constants.SSL_OP_NO_TLSv1_2],
  ['tlsv1.3', constants.SSL_OP_NO_TLSv1_3],
])

/** The directives that say how TLS is spoken. */
export const tlsDirectives = [
  'tls-cert-file',
  'tls-key-file',
  'tls-key-file-pass',
  'tls-ca-cert-file',
  'tls-ca-cert-dir',
  'tls-dh-params-file',
  'tls-auth-clients',
  'tls-protocols',
  'tls-ciphers',
  'tls-ciphersuites',
  'tls-prefer-server-ciphers',
  'tls-session-caching',
  'tls-session-cache-timeout',
]

/** Reads what the settings name. Throws TlsRefused with the reason for the program's log. */
export function readTlsMaterials({ tls }: Settings): TlsMaterials {
  if (tls.certificateFile === '') throw new TlsRefused('No tls-cert-file configured!')
  if (tls.keyFile === '') throw new TlsRefused('No tls-key-file configured!')
  const asksClients = tls.clientCertificates !== 'no'
  if (asksClients && tls.authorityFile === '' && tls.authorityFolder === '') {
    throw new TlsRefused(
      'Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-auth-clients is enabled!',
    )
  }
  const suites = tls.cipherSuites === '' ? suitesByDefault : tls.cipherSuites
  return {
    clientCertificates: tls.clientCertificates,
    options: {
      cert: read('certificate', tls.certificateFile),
      key: read('private key', tls.keyFile),
      ...(tls.keyPassword === '' ? {} : { passphrase: tls.keyPassword }),
      ca: [
        ...(tls.authorityFile === '' ? [] : [read('CA certificate', tls.authorityFile)]),
        ...(tls.authorityFolder === '' ? [] : readAuthorities(tls.authorityFolder)),
      ],
      ...(tls.dhParamsFile === '' ? {} : { dhparam: read('DH parameters', tls.dhParamsFile) }),
      ciphers: `${suites}:${tls.ciphers === '' ? ciphersByDefault : tls.ciphers}`,
      honorCipherOrder: tls.prefersServerCiphers,
      minVersion: 'TLSv1',
      secureOptions: forbiddenVersions(tls.protocols) | (tls.cachesSessions ? 0 : constants.SSL_OP_NO_TICKET),
      ...(tls.sessionSeconds > 0 ? { sessionTimeout: tls.sessionSeconds } : {}),
    },
  }
}

function read(what: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new TlsRefused(`Failed to load ${what}: ${path}: ${reasonOf(error)}`)
  }
}

/** The certificates in a folder: OpenSSL finds them by the hashes in their names, we take all there are. */
function readAuthorities(folder: string): Buffer[] {
  let names: string[]
  try {
    names = readdirSync(folder).sort()
  } catch (error) {
    throw new TlsRefused(`Failed to configure CA certificate(s) directory ${folder}: ${reasonOf(error)}`)
  }
  const found: Buffer[] = []
  for (const name of names.filter((each) => /\.(pem|crt|cer|[0-9]+)$/.test(each))) {
    const text = read('CA certificate', join(folder, name))
    if (text.includes('-----BEGIN CERTIFICATE-----')) found.push(text)
  }
  return found
}

/** Redis' default is TLS 1.2 and 1.3. */
function forbiddenVersions(text: string): number {
  const wanted = (text === '' ? 'TLSv1.2 TLSv1.3' : text)
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (wanted.some((each) => !versions.has(each)) || wanted.length === 0) {
    throw new TlsRefused(
      "Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.",
    )
  }
  return [...versions].reduce((bits, [version, bit]) => (wanted.includes(version) ? bits : bits | bit), 0)
}
