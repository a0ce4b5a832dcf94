/** The directives of HTTP, of WebSockets and of tokens. Redis has none of these. */
import { bool, directive, fixed, honoured, INT_MAX, int, memory, own, secret, type Topic, text } from './directive.ts'
import { type Kind, ValueRefused } from './kinds.ts'
import { bindKind } from './special-kinds.ts'

/** Pages of other origins, as browsers name them: `https://app.example.com`, with the port where it isn't the usual one. */
export const originsKind: Kind = {
  label: 'origins',
  manyWords: true,
  read(words) {
    const given = words.filter((word) => word !== '')
    for (const word of given) if (!isOrigin(word)) throw new ValueRefused(`'${word}' is not an origin`)
    return given.join(' ')
  },
  lines: (name, value, initial) => [{ text: `${name} ${value === '' ? '""' : value}`, forced: value !== initial }],
}

function isOrigin(word: string): boolean {
  return URL.canParse(word) && /^https?:$/.test(new URL(word).protocol) && new URL(word).origin === word
}

export const http: Topic = {
  title: 'HTTP',
  directives: [
    int('http-port', 8379, 0n, 65535n, own, fixed, honoured('the port of HTTP, WebSocket and the console; 0 is none')),
    directive('http-bind', bindKind, '127.0.0.1 -::1', own, fixed, honoured('the addresses that it listens on')),
    bool('http-tls', 'no', own, fixed, honoured('whether it speaks TLS, with the certificate of `tls-cert-file`')),
    directive(
      'http-allowed-origins',
      originsKind,
      '',
      own,
      honoured('pages of which other origins may use it from a browser'),
    ),
    memory(
      'http-body-max',
      16 * 1024 ** 2,
      1024n,
      512n * 1024n ** 2n,
      own,
      fixed,
      honoured('bytes of one request body'),
    ),
    int(
      'http-requests-per-second',
      10000,
      0n,
      INT_MAX,
      own,
      honoured('requests of one address, but for those of this machine; 0 is no limit'),
    ),
    int(
      'http-connections-per-address',
      1000,
      0n,
      INT_MAX,
      own,
      honoured('connections of one address, but for those of this machine; 0 is no limit'),
    ),
  ],
}

export const webSocket: Topic = {
  title: 'WebSocket',
  directives: [
    memory(
      'websocket-message-max',
      16 * 1024 ** 2,
      1024n,
      512n * 1024n ** 2n,
      own,
      honoured('bytes of one message, for sockets that open from then on; a larger one closes its socket'),
    ),
    int(
      'websocket-messages-per-second',
      100_000,
      0n,
      INT_MAX,
      own,
      honoured('messages of one socket; more close it; 0 is no limit'),
    ),
    int('websocket-batch-max', 10_000, 1n, INT_MAX, own, honoured('requests of one batch of JSON-RPC')),
    int('websocket-subscriptions-max', 1000, 1n, INT_MAX, own, honoured('subscriptions of one socket')),
    int(
      'websocket-group-credit-max',
      100_000,
      1n,
      INT_MAX,
      own,
      honoured('entries that a member of a group may ask to hold at a time'),
    ),
    int(
      'websocket-ping-interval',
      30,
      1n,
      86_400n,
      own,
      honoured('seconds of silence before a ping; a socket that does not answer by the next one is cut'),
    ),
    memory(
      'websocket-stream-backlog',
      256 * 1024,
      1024n,
      INT_MAX,
      own,
      honoured('bytes that wait for a socket while its streams go on being read'),
    ),
    memory(
      'websocket-channel-backlog',
      1024 ** 2,
      1024n,
      INT_MAX,
      own,
      honoured('bytes that wait for a socket before messages of channels are conflated, or it is cut'),
    ),
  ],
}

export const tokens: Topic = {
  title: 'Tokens',
  directives: [
    text('jwt-secret', own, secret, honoured('the secret of tokens that are signed with HS256')),
    text('jwt-secret-file', own, honoured('the file of that secret; it wins, and is read anew when it changes')),
    text('jwt-jwks-file', own, honoured('the public keys of tokens that are signed with RS256 or ES256')),
    text('jwt-issuer', own, honoured('the issuer that tokens must name; without it any')),
    text('jwt-audience', own, honoured('the audience that tokens must be for; without it any')),
    directive(
      'jwt-user-claim',
      nonEmptyText(),
      'sub',
      own,
      honoured('the claim that names the ACL user of who brings the token'),
    ),
  ],
}

function nonEmptyText(): Kind {
  return {
    label: 'string',
    manyWords: false,
    read([word]) {
      if (word === '') throw new ValueRefused('argument must not be empty')
      return word!
    },
    lines: (name, value, initial) => [{ text: `${name} ${value}`, forced: value !== initial }],
  }
}
