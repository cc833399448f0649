/** What a program left behind. */
export interface ProgramResult {
  readonly exitCode: number
  /** What it printed, as UTF-8. */
  readonly stdout: string
  readonly stderr: string
  /** Content of the file it wrote, empty when it wrote none. */
  readonly output: Uint8Array
}

/** What a program is started with. */
export interface ProgramInput {
  /** Command line without the program's own name. */
  readonly args: readonly string[]
  /** Content of any file it opens for reading. */
  readonly input?: Uint8Array
}

/** Numbers of WASI preview 1 (`wasi_snapshot_preview1`, witx/typenames.witx). */
const success = 0
const badDescriptor = 8
const notSeekable = 70
const fileTypeDevice = 2
const fileTypeDirectory = 3
const fileTypeRegular = 4
/** The one directory a program sees, `/`. */
const rootDescriptor = 3

/** Thrown through the program when it calls `exit`. */
class Exit extends Error {
  readonly code: number

  constructor(code: number) {
    super(`exit ${code}`)
    this.code = code
  }
}

/**
 * Runs a WASI command to its end, synchronously, in a new instance. Its file system is in memory and
 * holds one file of any name: `input` when it reads, `output` when it writes. It has no clock, no
 * environment and no randomness, so the same arguments give the same bytes.
 *
 * @throws WebAssembly.RuntimeError when the program traps
 */
export function runProgram(module: WebAssembly.Module, given: ProgramInput): ProgramResult {
  const files = createFiles(given.input ?? new Uint8Array(0))
  let buffer = (): ArrayBuffer => new ArrayBuffer(0)
  const imports = wasiImports(given.args, files, () => buffer())
  const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: imports })
  const { memory, _start: start } = instance.exports
  if (!(memory instanceof WebAssembly.Memory) || typeof start !== 'function') {
    throw new TypeError('The module is not a WASI command.')
  }
  buffer = () => memory.buffer
  let exitCode = 0
  try {
    start()
  } catch (thrown) {
    if (!(thrown instanceof Exit)) throw thrown
    exitCode = thrown.code
  }
  const decoder = new TextDecoder()
  return {
    exitCode,
    stdout: decoder.decode(files.written(1)),
    stderr: decoder.decode(files.written(2)),
    output: files.written(rootDescriptor + 1),
  }
}

interface Files {
  /** Takes bytes that the program writes to a descriptor. Every opened file is the same one. */
  write(descriptor: number, bytes: Uint8Array): void
  /** At most `length` next bytes of the input. */
  read(length: number): Uint8Array
  /** Moves the reading place; returns it. */
  seek(offset: number, from: 'start' | 'here' | 'end'): number
  written(descriptor: number): Uint8Array
}

function createFiles(input: Uint8Array): Files {
  const outputs = new Map<number, Uint8Array[]>()
  let place = 0
  return {
    write(descriptor, bytes) {
      const key = Math.min(descriptor, rootDescriptor + 1)
      const parts = outputs.get(key) ?? []
      parts.push(bytes)
      outputs.set(key, parts)
    },
    read(length) {
      const bytes = input.subarray(place, place + length)
      place += bytes.length
      return bytes
    },
    seek(offset, from) {
      place = offset + { start: 0, here: place, end: input.length }[from]
      return place
    },
    written: (descriptor) => Buffer.concat(outputs.get(descriptor) ?? []),
  }
}

/** The calls that flite's build imports, no more. Pointers are offsets into the program's memory. */
function wasiImports(
  args: readonly string[],
  files: Files,
  memory: () => ArrayBuffer,
): Record<string, (...values: never[]) => number> {
  const view = (): DataView => new DataView(memory())
  const bytes = (): Uint8Array => new Uint8Array(memory())
  const commandLine = ['program', ...args].map((arg) => Buffer.from(`${arg}\0`))
  const isFile = (descriptor: number): boolean => descriptor > rootDescriptor
  return {
    ...argumentCalls(commandLine, view, bytes),
    ...descriptorCalls(view, bytes, isFile),
    fd_write(descriptor: number, vectors: number, count: number, written: number) {
      let total = 0
      for (const [from, length] of vectorsAt(view(), vectors, count)) {
        files.write(descriptor, bytes().slice(from, from + length))
        total += length
      }
      view().setUint32(written, total, true)
      return success
    },
    fd_read(descriptor: number, vectors: number, count: number, read: number) {
      let total = 0
      for (const [to, length] of vectorsAt(view(), vectors, count)) {
        const part = isFile(descriptor) ? files.read(length) : new Uint8Array(0)
        bytes().set(part, to)
        total += part.length
      }
      view().setUint32(read, total, true)
      return success
    },
    fd_seek(descriptor: number, offset: bigint, whence: number, place: number) {
      if (!isFile(descriptor)) return notSeekable
      const from = whence === 0 ? 'start' : whence === 1 ? 'here' : 'end'
      view().setBigUint64(place, BigInt(files.seek(Number(offset), from)), true)
      return success
    },
  }
}

function argumentCalls(
  commandLine: readonly Uint8Array[],
  view: () => DataView,
  bytes: () => Uint8Array,
): Record<string, (...values: never[]) => number> {
  return {
    args_sizes_get(count: number, size: number) {
      view().setUint32(count, commandLine.length, true)
      const total = commandLine.reduce((sum, arg) => sum + arg.length, 0)
      view().setUint32(size, total, true)
      return success
    },
    args_get(pointers: number, text: number) {
      let at = text
      for (const [index, arg] of commandLine.entries()) {
        view().setUint32(pointers + 4 * index, at, true)
        bytes().set(arg, at)
        at += arg.length
      }
      return success
    },
    clock_time_get(_clock: number, _precision: bigint, time: number) {
      view().setBigUint64(time, 0n, true)
      return success
    },
    proc_exit(code: number) {
      throw new Exit(code)
    },
  }
}

function descriptorCalls(
  view: () => DataView,
  bytes: () => Uint8Array,
  isFile: (descriptor: number) => boolean,
): Record<string, (...values: never[]) => number> {
  const allRights = 0xffffffffffffffffn
  return {
    fd_close: () => success,
    fd_fdstat_set_flags: () => success,
    fd_fdstat_get(descriptor: number, stat: number) {
      bytes().fill(0, stat, stat + 24)
      const other = descriptor === rootDescriptor ? fileTypeDirectory : fileTypeDevice
      view().setUint8(stat, isFile(descriptor) ? fileTypeRegular : other)
      view().setBigUint64(stat + 8, allRights, true)
      view().setBigUint64(stat + 16, allRights, true)
      return success
    },
    fd_prestat_get(descriptor: number, stat: number) {
      if (descriptor !== rootDescriptor) return badDescriptor
      view().setUint32(stat, 0, true)
      view().setUint32(stat + 4, 1, true)
      return success
    },
    fd_prestat_dir_name(_descriptor: number, path: number) {
      bytes().set(Buffer.from('/'), path)
      return success
    },
    path_open(
      _directory: number,
      _lookup: number,
      _path: number,
      _length: number,
      _flags: number,
      _rights: bigint,
      _inherited: bigint,
      _fdFlags: number,
      descriptor: number,
    ) {
      view().setUint32(descriptor, rootDescriptor + 1, true)
      return success
    },
  }
}

/** Start and length of each piece of memory in an `iovec` array. */
function vectorsAt(view: DataView, vectors: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, index) => [
    view.getUint32(vectors + 8 * index, true),
    view.getUint32(vectors + 8 * index + 4, true),
  ])
}
