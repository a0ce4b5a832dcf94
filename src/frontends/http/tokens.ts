/** JSON Web Tokens: whether one is good, and what it says of who brings it.
 *
 *  Keys come from files, which are read anew when they change, so that keys rotate without a restart. The algorithms are
 *  fixed by where the key is from: HS256 by the secret, RS256 and ES256 by the key set; a token can't choose. */
import { readFileSync, statSync } from 'node:fs'
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { TokenSettings } from '../../server/config/settings.ts'

/** Clocks of issuers may differ from ours by so much. */
const clockToleranceSeconds = 5
/** HS256 with a shorter secret can be guessed (RFC 7518, 3.2). */
const secretBytesMin = 32
const tokenCharactersMax = 16 * 1024

/** Keys can't be had from the settings. The message is for the operator. */
export class TokenKeysRefused extends Error {
  override readonly name = 'TokenKeysRefused'
}

type KeySet = ReturnType<typeof createLocalJWKSet>

/** Text files that are read again when they were written to. */
class WatchedFile<T> {
  readonly #parse: (text: string, path: string) => T
  #path = ''
  #stamp = ''
  #value: T | undefined

  constructor(parse: (text: string, path: string) => T) {
    this.#parse = parse
  }

  /** Throws TokenKeysRefused. */
  read(path: string): T {
    try {
      const { mtimeMs, size, ino } = statSync(path)
      const stamp = `${mtimeMs} ${size} ${ino}`
      if (path === this.#path && stamp === this.#stamp && this.#value !== undefined) return this.#value
      this.#value = this.#parse(readFileSync(path, 'utf8'), path)
      this.#path = path
      this.#stamp = stamp
      return this.#value
    } catch (error) {
      if (error instanceof TokenKeysRefused) throw error
      throw new TokenKeysRefused(`Can't read ${path}: ${(error as Error).message}`)
    }
  }
}

export class Tokens {
  readonly #settings: () => TokenSettings
  readonly #nowMs: () => number
  readonly #warn: (message: string) => void
  readonly #secretFile = new WatchedFile((text) => longEnough(Buffer.from(text.replace(/\r?\n$/, ''), 'utf8')))
  readonly #keysFile = new WatchedFile(parseKeySet)

  constructor(settings: () => TokenSettings, nowMs: () => number, warn: (message: string) => void) {
    this.#settings = settings
    this.#nowMs = nowMs
    this.#warn = warn
  }

  /** Reads the keys, so that a start with wrong ones fails. Throws TokenKeysRefused. */
  check(): void {
    this.#secret()
    this.#keySet()
  }

  /** What the token claims; undefined when it is not good for whatever reason, or tokens are not taken. */
  async claims(token: string): Promise<JWTPayload | undefined> {
    if (token.length > tokenCharactersMax) return undefined
    const { issuer, audience } = this.#settings()
    const options = {
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(this.#nowMs()),
      requiredClaims: ['exp'],
      ...(issuer === '' ? {} : { issuer }),
      ...(audience === '' ? {} : { audience }),
    }
    try {
      const { alg } = decodeProtectedHeader(token)
      if (alg === 'HS256') {
        const secret = this.#secret()
        if (secret === undefined) return undefined
        return (await jwtVerify(token, secret, { ...options, algorithms: ['HS256'] })).payload
      }
      const keySet = this.#keySet()
      if (keySet === undefined) return undefined
      return (await jwtVerify(token, keySet, { ...options, algorithms: ['RS256', 'ES256'] })).payload
    } catch (error) {
      if (error instanceof TokenKeysRefused) this.#warn(error.message)
      // All else that jose throws says what is wrong with the token, which is nobody's business.
      return undefined
    }
  }

  #secret(): Uint8Array | undefined {
    const { secret, secretFile } = this.#settings()
    if (secretFile !== '') return this.#secretFile.read(secretFile)
    return secret.length === 0 ? undefined : longEnough(secret)
  }

  #keySet(): KeySet | undefined {
    const { keysFile } = this.#settings()
    return keysFile === '' ? undefined : this.#keysFile.read(keysFile)
  }
}

function longEnough(secret: Uint8Array): Uint8Array {
  if (secret.length >= secretBytesMin) return secret
  throw new TokenKeysRefused(`The secret of tokens has ${secret.length} bytes: it needs at least ${secretBytesMin}.`)
}

function parseKeySet(text: string, path: string): KeySet {
  try {
    return createLocalJWKSet(JSON.parse(text) as JSONWebKeySet)
  } catch {
    throw new TokenKeysRefused(`${path} is no JSON Web Key Set.`)
  }
}
