/** Certificates for tests, made by openssl in a temporary folder. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** A certificate's file and that of its key. */
export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export interface Certificates {
  readonly folder: string
  readonly authority: KeyPair
  readonly server: KeyPair
  /** Another certificate of the server, by the same authority. */
  readonly otherServer: KeyPair
  readonly client: KeyPair
  /** Signed by nobody but itself. */
  readonly stranger: KeyPair
  /** Deletes the folder. */
  remove(): void
}

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-certificates-'))
  const run = (...words: string[]): void => {
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  }
  const pair = (name: string): KeyPair => ({
    certificate: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
  })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const selfSigned = (name: string): KeyPair => {
    run(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    )
    return pair(name)
  }
  const signed = (name: string): KeyPair => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    run('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, ...subject)
    const by = ['-CA', 'authority.crt', '-CAkey', 'authority.key', '-CAcreateserial', '-copy_extensions', 'copy']
    run('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.crt`, '-days', '2')
    return pair(name)
  }
  return {
    folder,
    authority: selfSigned('authority'),
    server: signed('server'),
    otherServer: signed('other-server'),
    client: signed('client'),
    stranger: selfSigned('stranger'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
