/** The libraries that scripts find beside Lua's own. */
import { pushBit } from './bit-library.ts'
import { describeNull, pushJson } from './json-library.ts'
import type { Lua } from './lua.ts'
import { MessagePack } from './message-pack.ts'
import { Struct } from './struct-library.ts'

/** Adds them to the table of globals, which is at `globals` on the stack. */
export function addLibraries(lua: Lua, globals: number): void {
  pushBit(lua)
  lua.setField(globals, 'bit')
  pushJson(lua)
  lua.setField(globals, 'cjson')
  describeNull(lua)
  new MessagePack(lua).push()
  lua.setField(globals, 'cmsgpack')
  new Struct(lua).push()
  lua.setField(globals, 'struct')
}
