/** Byte strings: what keys, fields and payloads are. One character stands for one byte (0 to 255), so that they can be
 *  compared, put into maps and cut as strings are; `fromText` and `toText` lead from and to what people read. */

declare const isBytes: unique symbol
export type Bytes = string & { readonly [isBytes]: true }

export const noBytes = '' as Bytes

/** Characters that `String.fromCharCode` takes at once. */
const chunkLength = 8192

const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function fromBuffer(buffer: Uint8Array): Bytes {
  let text = ''
  for (let at = 0; at < buffer.length; at += chunkLength) {
    text += String.fromCharCode(...buffer.subarray(at, at + chunkLength))
  }
  return text as Bytes
}

export function toBuffer(bytes: Bytes): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) buffer[i] = bytes.charCodeAt(i)
  return buffer
}

/** The text in UTF-8. */
export function fromText(text: string): Bytes {
  return /^[\x00-\x7f]*$/.test(text) ? (text as Bytes) : fromBuffer(encoder.encode(text))
}

/** The text of bytes that are UTF-8, undefined for others. */
export function toText(bytes: Bytes): string | undefined {
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes
  try {
    return strictDecoder.decode(toBuffer(bytes))
  } catch {
    return undefined
  }
}

/** Bytes as one line for the eye: text where it is text, `\n`, `\x00` and the like for what can't be seen or would
 *  mislead (controls, marks that turn the direction of writing). */
export function show(bytes: Bytes): string {
  const text = toText(bytes)
  if (text === undefined) return bytes.replace(/[^\x20-\x7e]/g, (byte) => escapedByte(byte))
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (mark) => escaped(mark))
}

/** What `show` prints, cut to a length. */
export function showShort(bytes: Bytes, length = 80): string {
  const text = show(bytes.slice(0, length * 4) as Bytes)
  return text.length > length || bytes.length > length * 4 ? `${text.slice(0, length - 1)}…` : text
}

/** A character of a text: outside of ASCII it is more than one byte. */
function escaped(mark: string): string {
  return mark < '\x80' ? escapedByte(mark) : `\\u{${mark.charCodeAt(0).toString(16)}}`
}

function escapedByte(byte: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[byte]
  return short ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** What a person typed for bytes: text, in which `\xhh`, `\u{h}`, `\n`, `\r`, `\t` and `\\` stand for what `show` prints so. */
export function fromTyped(typed: string): Bytes {
  // Half of a surrogate pair is no character, and stays what was typed.
  const parts = typed.split(/(\\x[0-9a-fA-F]{2}|\\u\{(?![dD][89a-fA-F]..\})[0-9a-fA-F]{1,4}\}|\\[nrt\\])/)
  const short: Record<string, string> = { '\\n': '\n', '\\r': '\r', '\\t': '\t', '\\\\': '\\' }
  return parts
    .map((part, i) => {
      if (i % 2 === 0) return fromText(part)
      if (part.startsWith('\\u')) return fromText(String.fromCharCode(Number.parseInt(part.slice(3), 16)))
      return short[part] ?? String.fromCharCode(Number.parseInt(part.slice(2), 16))
    })
    .join('') as Bytes
}

/** Bytes for an input that `fromTyped` reads: the same bytes come back. */
export function toTyped(bytes: Bytes): string {
  return show(bytes.replaceAll('\\', '\\\\') as Bytes)
}

/** Bytes as a part of an address, percent-encoded, so that text reads as it does in any address. */
export function toAddressPart(bytes: Bytes): string {
  return bytes.replace(/[^A-Za-z0-9_.~!*'():@,;-]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

export function fromAddressPart(part: string): Bytes {
  const bytes = fromText(part)
  return bytes.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))) as Bytes
}
