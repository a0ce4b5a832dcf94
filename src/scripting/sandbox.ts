/** What scripts see: Lua's harmless libraries and ours, in tables that nobody can change.
 *
 *  Lua 5.1 has no read-only tables (Redis patched its copy), so a script is given an empty table that looks things up in
 *  the real one and refuses to be written. The functions that look past metatables (`rawget`, `next`, `table.insert`
 *  and the like) know these tables: readers look into the real one, writers refuse. The globals are such a table too;
 *  a name that is nowhere is an error. */
import type { Lua } from './lua.ts'
import { globalsIndex, luaType, multipleResults, registryIndex } from './lua-exports.ts'

const harmless = [
  ...['_VERSION', 'assert', 'collectgarbage', 'coroutine', 'error', 'gcinfo', 'getmetatable', 'ipairs', 'load'],
  ...['loadstring', 'math', 'next', 'pairs', 'pcall', 'rawequal', 'rawget', 'rawset', 'select', 'setmetatable'],
  ...['string', 'table', 'tonumber', 'tostring', 'type', 'unpack', 'xpcall'],
]

const readonlyMessage = 'Attempt to modify a readonly table'

/** Options of `lua_gc`, and what the collector works with from the start, in percent. */
const gcOption = { restart: 1, setPause: 6, setStepFactor: 7 } as const
const gcPause = 200
const gcStepFactor = 200
/** What scripts may ask of the collector that leaves it as it is. */
const gcQuestions: readonly string[] = ['collect', 'count', 'step']

/** Precompiled code begins with this byte. It is never loaded: it can crash the interpreter. */
const bytecodeMark = 27

export class Sandbox {
  readonly #lua: Lua
  /** References to the real tables, by the address of what stands for them. */
  readonly #real = new Map<number, number>()
  /** Reference to the table of all globals, and to what scripts see of it. */
  readonly globals: number
  readonly visibleGlobals: number
  readonly #refuse: number
  readonly #reader: number
  /** References to Lua's own `next`, and to that which looks into the real tables. */
  #next = 0
  #enteringNext = 0
  #stringMetatable = 0
  /** Whether a script has stopped the collector, or changed how it works. */
  #isCollectorTuned = false

  constructor(lua: Lua) {
    this.#lua = lua
    const { api } = lua
    for (const open of [api.luaopen_base, api.luaopen_table, api.luaopen_string, api.luaopen_math]) {
      lua.pushFunction(() => open(lua.state))
      lua.pushText('')
      api.lua_call(lua.state, 1, 0)
    }
    this.#refuse = lua.addFunction(() => lua.fail(readonlyMessage))
    this.#reader = lua.addFunction(() => this.#read())
    this.#keepHarmless()
    this.globals = this.#reference()
    this.visibleGlobals = this.#standIn(this.globals)
    this.#replaceFunctions()
  }

  /** Makes everything that is among the globals now read-only, and lets scripts have it. */
  close(): void {
    const { api, state } = this.#lua
    api.lua_rawgeti(state, registryIndex, this.globals)
    const names: string[] = []
    for (api.lua_pushnil(state); api.lua_next(state, -2) !== 0; this.#lua.pop()) {
      if (this.#lua.isTable(-1)) names.push(this.#lua.text(-2))
    }
    for (const name of names) {
      this.#lua.pushField(-1, name)
      this.pushStandIn(this.#reference())
      this.#lua.setField(-2, name)
    }
    this.#pushReal(this.visibleGlobals)
    this.#lua.setField(-2, '_G')
    this.#guardUndefined()
    this.#lua.pop()
    this.#guardStrings()
    api.lua_rawgeti(state, registryIndex, this.visibleGlobals)
    api.lua_replace(state, globalsIndex)
  }

  /** Takes a table from the stack that may stand for the globals (`showGlobals`): a name that is not in it is an error.
   *  Returns a reference to it. */
  otherGlobals(): number {
    this.#guardUndefined()
    return this.#reference()
  }

  /** Replaces the table on top of the stack by what scripts may see of it: nobody can change it, and a name that is not
   *  in it is an error. */
  seal(): void {
    this.pushStandIn(this.otherGlobals())
  }

  /** Lets all code see other globals from now on, or the ordinary ones again. */
  showGlobals(reference = this.globals): void {
    const { api, state } = this.#lua
    this.#pushReal(this.visibleGlobals)
    this.#real.set(api.lua_topointer(state, -1), reference)
    api.lua_getmetatable(state, -1)
    this.#pushReal(reference)
    this.#lua.setField(-2, '__index')
    this.#lua.pop(2)
  }

  /** To be called when a script has ended: the collector works on for those that come, whatever that one did with it. */
  resetCollector(): void {
    if (!this.#isCollectorTuned) return
    this.#isCollectorTuned = false
    const { api, main } = this.#lua
    api.lua_gc(main, gcOption.setPause, gcPause)
    api.lua_gc(main, gcOption.setStepFactor, gcStepFactor)
    api.lua_gc(main, gcOption.restart, 0)
  }

  /** Pushes the read-only table that stands for the referenced one. */
  pushStandIn(real: number): void {
    this.#pushReal(this.#standIn(real))
  }

  /** A reference to a new table that stands for the referenced one. */
  #standIn(real: number): number {
    const lua = this.#lua
    const { api, state } = lua
    lua.pushTable()
    this.#real.set(api.lua_topointer(state, -1), real)
    lua.pushTable()
    this.#pushReal(real)
    lua.setField(-2, '__index')
    api.lua_pushcclosure(state, this.#refuse, 0)
    lua.setField(-2, '__newindex')
    api.lua_setmetatable(state, -2)
    return this.#reference()
  }

  #reference(): number {
    return this.#lua.api.luaL_ref(this.#lua.state, registryIndex)
  }

  #pushReal(reference: number): void {
    this.#lua.api.lua_rawgeti(this.#lua.state, registryIndex, reference)
  }

  /** Leaves a table of the harmless functions and libraries on the stack. */
  #keepHarmless(): void {
    this.#lua.pushTable()
    for (const name of harmless) {
      this.#lua.pushField(globalsIndex, name)
      this.#lua.setField(-2, name)
    }
  }

  /** A global that is nowhere is an error, not nil. */
  #guardUndefined(): void {
    const lua = this.#lua
    lua.pushTable()
    lua.pushFunction(() => lua.fail(`Script attempted to access nonexistent global variable '${lua.text(2)}'`))
    lua.setField(-2, '__index')
    lua.api.lua_setmetatable(lua.state, -2)
  }

  /** Scripts that ask for the metatable of strings get what they cannot change. */
  #guardStrings(): void {
    const lua = this.#lua
    const { api, state } = lua
    lua.pushText('')
    api.lua_getmetatable(state, -1)
    this.#pushReal(this.globals)
    lua.pushField(-1, 'string')
    lua.pushTable()
    api.lua_insert(state, -2)
    lua.setField(-2, '__index')
    this.pushStandIn(this.#reference())
    this.#stringMetatable = this.#reference()
    lua.pop(3)
  }

  // The functions that look past metatables.

  #replaceFunctions(): void {
    this.#pushReal(this.globals)
    this.#lua.pushField(-1, 'next')
    this.#next = this.#reference()
    for (const name of ['rawget', 'next']) this.#replace(name, () => this.#enter())
    this.#lua.pushField(-1, 'next')
    this.#enteringNext = this.#reference()
    this.#replace('pairs', () => this.#pairs())
    for (const name of ['rawset', 'setmetatable']) this.#replace(name, () => this.#refuseWrite())
    this.#replace('collectgarbage', () => this.#noteTuning())
    this.#replace('getmetatable', (original) => this.#getMetatable(original))
    this.#replace('load', (original) => this.#load(original))
    this.#replace('loadstring', (original) => this.#loadString(original))
    this.#replace('pcall', () => this.#pcall())
    this.#lua.pushField(-1, 'table')
    for (const name of ['foreach', 'maxn']) this.#replace(name, () => this.#enter())
    this.#replace('insert', () => this.#refuseWrite())
    this.#lua.pop(2)
  }

  /** Replaces a function of the table on top of the stack by one that does something (and may answer for it) before
   *  the original is called. Its upvalue is what `pairs` expects there, the original `next`. */
  #replace(name: string, before: (original: number) => number | undefined): void {
    const lua = this.#lua
    lua.pushField(-1, name)
    const original = lua.api.lua_tocfunction(lua.state, -1)
    lua.pop()
    this.#pushReal(this.#next)
    lua.pushFunction(() => before(original) ?? lua.tailCall(original), 1)
    lua.setField(-2, name)
  }

  /** Puts the real table in place of the first argument. */
  #enter(): undefined {
    const { api, state } = this.#lua
    const real = this.#real.get(api.lua_topointer(state, 1))
    if (real === undefined) return
    this.#pushReal(real)
    api.lua_replace(state, 1)
  }

  /** A loop over a read-only table is given that table, as the one behind it must never be had. */
  #pairs(): number | undefined {
    const { api, state } = this.#lua
    if (!this.#real.has(api.lua_topointer(state, 1))) return undefined
    this.#pushReal(this.#enteringNext)
    api.lua_pushvalue(state, 1)
    this.#lua.pushNil()
    return 3
  }

  #noteTuning(): undefined {
    const lua = this.#lua
    this.#isCollectorTuned ||= lua.isString(1) && !gcQuestions.includes(lua.text(1))
  }

  #refuseWrite(): undefined {
    if (this.#real.has(this.#lua.api.lua_topointer(this.#lua.state, 1))) this.#lua.failWith(readonlyMessage)
  }

  /** Libraries, the globals and null have no metatable as far as scripts can see; strings show theirs, read-only. */
  #getMetatable(original: number): number {
    const lua = this.#lua
    const { api, state } = lua
    if (lua.type(1) === luaType.string) {
      this.#pushReal(this.#stringMetatable)
      return 1
    }
    const pointer = api.lua_topointer(state, 1)
    if (!this.#real.has(pointer) && lua.type(1) !== luaType.lightUserdata) return lua.tailCall(original)
    lua.pushNil()
    return 1
  }

  /** Looks at the first piece before it is compiled, since what must be refused begins it; gives it back by a reader
   *  that goes on with the script's. */
  #load(original: number): number {
    const lua = this.#lua
    const { api, state } = lua
    if (lua.type(1) !== luaType.function) return lua.tailCall(original)
    api.lua_pushvalue(state, 1)
    api.lua_call(state, 0, 1)
    lua.state = state
    if (lua.type(-1) === luaType.string) {
      const at = lua.bytes(-1)
      if (lua.size > 0 && lua.heap[at] === bytecodeMark) {
        lua.pushText(' ')
        api.lua_insert(state, -2)
        api.lua_concat(state, 2)
      }
    }
    api.lua_pushvalue(state, 1)
    api.lua_insert(state, -2)
    api.lua_pushboolean(state, 1)
    api.lua_pushcclosure(state, this.#reader, 3)
    api.lua_replace(state, 1)
    return lua.tailCall(original)
  }

  /** The reader that `load` gets: the piece that was read already, then what the script's reader gives. */
  #read(): number {
    const lua = this.#lua
    const { api, state } = lua
    const [reader, piece, isFirst] = [1, 2, 3].map((i) => globalsIndex - i) as [number, number, number]
    if (api.lua_toboolean(state, isFirst) === 0) {
      api.lua_pushvalue(state, reader)
      api.lua_call(state, 0, 1)
      return 1
    }
    lua.pushBoolean(false)
    api.lua_replace(state, isFirst)
    api.lua_pushvalue(state, piece)
    return 1
  }

  #loadString(original: number): number {
    const lua = this.#lua
    if (lua.type(1) !== luaType.string) return lua.tailCall(original)
    const at = lua.bytes(1)
    if (lua.size === 0 || lua.heap[at] !== bytecodeMark) return lua.tailCall(original)
    const text = lua.heap.slice(at, at + lua.size)
    return this.#compiled(lua.state, text, lua.isString(2) ? lua.text(2) : lua.text(1))
  }

  #compiled(state: number, text: Uint8Array, name: string): number {
    const lua = this.#lua
    const failed = compile(lua, text, 0, text.length, name)
    lua.state = state
    if (failed === 0) return 1
    lua.pushNil()
    lua.api.lua_insert(state, -2)
    return 2
  }

  /** `pcall`, but an error that is a table with a text in `err` is caught as that text. */
  #pcall(): number {
    const lua = this.#lua
    const { state } = lua
    const { api } = lua
    const argumentCount = lua.top
    lua.pushBoolean(true)
    api.lua_insert(state, 1)
    const failed = api.lua_pcall(state, argumentCount - 1, multipleResults, 0)
    lua.state = state
    if (failed === 0) return lua.top
    api.lua_remove(state, 1)
    if (lua.isTable(-1)) {
      lua.pushField(-1, 'err')
      if (lua.isString(-1)) api.lua_replace(state, -2)
      else lua.pop()
    }
    lua.pushBoolean(false)
    api.lua_insert(state, 1)
    return lua.top
  }
}

/** Compiles source text; leaves the function or an error message on the stack, and returns 0 when it is the function.
 *  Precompiled code is read as text, by a blank before it, which it is not. */
export function compile(lua: Lua, bytes: Uint8Array, start: number, end: number, name: string): number {
  const { api } = lua
  const blanks = end > start && bytes[start] === bytecodeMark ? 1 : 0
  const size = end - start + blanks
  // A block of its own: compiling may call for the collector, and that for anything.
  const source = api.malloc(size + name.length + 2)
  if (source === 0) {
    lua.pushText('not enough memory')
    return 4
  }
  lua.heap[source] = 32
  lua.heap.set(bytes.subarray(start, end), source + blanks)
  const chunkName = source + size + 1
  for (let i = 0; i < name.length; i++) lua.heap[chunkName + i] = name.charCodeAt(i)
  lua.heap[chunkName + name.length] = 0
  const failed = api.luaL_loadbuffer(lua.state, source, size, chunkName)
  api.free(source)
  return failed
}
