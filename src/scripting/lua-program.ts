/** Starts the compiled Lua: what it imports of the world around it, which is nothing but memory and the way errors
 *  unwind. There is no file, no clock and no process behind these imports, so a script that found a hole in the
 *  sandbox would still find nothing behind it. */
import { wasmModule } from '../lib/wasm-code.ts'
import { createAllocator } from './lua-allocator.ts'
import type { LuaExports } from './lua-exports.ts'
import { type WasmInstance, wasm } from './web-assembly.ts'

const pageBytes = 65536

/** All that scripts may hold at once, the libraries and compiled scripts included. */
export const scriptMemoryBytesMax = 512 * 1024 * 1024

/** What a program compiled by Emscripten throws in place of C's `longjmp`: any number does, it is never looked at. */
const longJump = Number.POSITIVE_INFINITY

/** "Not supported", as system calls and WASI calls say it. */
const refusedCall = (): number => -52
const refusedWasi = (): number => 52

export interface LuaProgram {
  readonly exports: LuaExports
  /** The function table's index of the `lua_Alloc` for `lua_newstate`. */
  readonly allocator: number
  /** The function table's index for a function of ours: of the kind `(i32) -> i32`, or `(i32, i32) -> void`. */
  addFunction(run: (state: number) => number): number
  addHook(run: (state: number, debug: number) => void): number
}

/** `onGrowth` is told when memory has grown: views of it are worthless then. */
export function startLua(code: Uint8Array, onGrowth: () => void): LuaProgram {
  const instance: WasmInstance = new wasm.Instance(new wasm.Module(code), {
    env: environment(() => instance.exports as unknown as LuaExports, onGrowth),
    wasi_snapshot_preview1: {
      fd_write: refusedWasi,
      fd_read: refusedWasi,
      fd_close: refusedWasi,
      fd_seek: refusedWasi,
      environ_get: () => 0,
      environ_sizes_get: refusedWasi,
    },
  })
  const exports = instance.exports as unknown as LuaExports
  exports.emscripten_stack_init()
  exports.__wasm_call_ctors()
  const table = exports.__indirect_function_table
  const add = (entry: unknown): number => {
    const at = table.grow(1)
    table.set(at, entry)
    return at
  }
  return {
    exports,
    allocator: add(createAllocator(exports)),
    addFunction: (run) => add(typedFunction(run, 1, 1)),
    addHook: (run) => add(typedFunction(run, 2, 0)),
  }
}

function environment(exports: () => LuaExports, onGrowth: () => void): Readonly<Record<string, unknown>> {
  const absent = (name: string) => () => {
    throw new Error(`Lua called ${name}, which is not there`)
  }
  const clockCalls = ['strftime', '_tzset_js', '_mktime_js', '_localtime_js', '_gmtime_js', 'emscripten_date_now']
  const systemCalls = ['openat', 'fcntl64', 'ioctl', 'dup3', 'unlinkat', 'rmdir', 'renameat', 'readlinkat']
  // Asking the table takes longer than such a call; what stands in it never changes.
  const known: ((a: number, b: number) => void)[] = []
  const functionAt = (run: number): ((a: number, b: number) => void) => {
    known[run] ??= exports().__indirect_function_table.get(run) as (a: number, b: number) => void
    return known[run]
  }
  return {
    ...Object.fromEntries(clockCalls.map((name) => [name, absent(name)])),
    ...Object.fromEntries(systemCalls.map((name) => [`__syscall_${name}`, refusedCall])),
    exit: absent('exit'),
    _emscripten_system: refusedCall,
    _emscripten_get_now_is_monotonic: () => 0,
    emscripten_memcpy_js(target: number, source: number, size: number) {
      new Uint8Array(exports().memory.buffer).copyWithin(target, source, source + size)
    },
    emscripten_resize_heap(bytes: number) {
      const { memory } = exports()
      const wanted = bytes >>> 0
      if (wanted > scriptMemoryBytesMax) return 0
      // Growing by a quarter at least: each growth moves all of it.
      const target = Math.min(scriptMemoryBytesMax, Math.max(wanted, memory.buffer.byteLength * 1.25))
      memory.grow(Math.ceil((target - memory.buffer.byteLength) / pageBytes))
      onGrowth()
      return 1
    },
    _emscripten_throw_longjmp() {
      throw longJump
    },
    /** Calls a C function that may jump: what was thrown is noted, the caller asks for it. */
    invoke_vii(run: number, a: number, b: number) {
      const { stackSave, stackRestore, setThrew } = exports()
      const stack = stackSave()
      try {
        functionAt(run)(a, b)
      } catch (error) {
        stackRestore(stack)
        if (typeof error !== 'number') throw error
        setThrew(1, 0)
      }
    },
  }
}

/** Only functions of a WebAssembly module fit its function tables: this is the smallest module that imports one and
 *  exports it again. All parameters and results are 32-bit integers. */
function typedFunction(run: unknown, parameters: number, results: 0 | 1): unknown {
  const module = wasmModule({
    from: 'host',
    hasMemory: false,
    imports: [{ name: 'run', parameters, results }],
    globals: 0,
    functions: [],
    exports: { run: 0 },
  })
  return new wasm.Instance(new wasm.Module(module), { host: { run } }).exports.run
}
