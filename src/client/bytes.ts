/** Bytes in JSON: text as it is, other bytes as `{"base64":"…"}`. */
import type { Bytes } from '../../protocol/websocket/messages.ts'

/** A key, a group, a consumer, a channel. */
export type Name = Bytes | Uint8Array

/** An argument of a command. */
export type Argument = Name | number

/** As it goes into a message. */
export function encode(value: Name): Bytes
export function encode(value: Argument): Bytes | number
export function encode(value: Argument): Bytes | number {
  if (!(value instanceof Uint8Array)) return value
  let characters = ''
  for (const byte of value) characters += String.fromCharCode(byte)
  return { base64: btoa(characters) }
}

/** The bytes of what came out of a message. */
export function bytesOf(value: Bytes): Uint8Array {
  if (typeof value === 'string') return new TextEncoder().encode(value)
  return Uint8Array.from(atob(value.base64), (character) => character.charCodeAt(0))
}
