import {
  bytesOf,
  createDecoder,
  engineBytes,
  leftBehindBytes,
  type Decoder,
  type Heard,
} from './decoder.ts'
import { compileGrammar, type Grammar, type GrammarSpec } from './grammar.ts'
import { createLoader, type PocketSphinx, type PocketSphinxLoader } from './load-pocketsphinx.ts'
import { pronounce, type Pronunciation, type Pronunciations } from './pronounce.ts'
import { SttError, type SttErrorCode } from './stt-error.ts'

/** What a stream is to know. */
export interface StreamSpec extends GrammarSpec {
  /** For words that the dictionary does not have, or has otherwise. */
  readonly pronunciations?: Pronunciations
}

/** What the host asks of a thread. Tasks of a thread are done in order. */
export type Task = { readonly stream: number } & (
  | { readonly op: 'open'; readonly spec: StreamSpec }
  | { readonly op: 'push'; readonly samples: Int16Array }
  | { readonly op: 'start' | 'finish' | 'close' }
)

/** What a thread answers. An error is taken apart, since threads pass on no more than its message. */
export type Answer =
  | { readonly text: string }
  | { readonly heard: Heard }
  | { readonly fault: FaultParts }

interface FaultParts {
  readonly code: SttErrorCode
  readonly message: string
  readonly items: readonly string[]
}

/** An engine and what is in it. */
interface Cell {
  readonly engine: PocketSphinx
  streams: number
  /** What its decoders take and what closed ones have left behind. */
  bytes: number
  /** It trapped, so nothing new is begun in it. */
  isBroken: boolean
}

interface Stream {
  readonly decoder: Decoder
  readonly cell: Cell
  readonly bytes: number
}

interface Compiled {
  readonly grammar: Grammar
  readonly pronunciations: readonly Pronunciation[]
}

/** An engine in which closed decoders have left this much behind is not used again. */
const spentBytes = 10_000_000
/** Grammars that are kept ready; calls of one graph have the same. */
const mostKept = 16

export default createHandler()

/** Does the tasks of one thread. The engine is loaded with the first stream. */
function createHandler(): (task: Task) => Answer {
  const streams = new Map<number, Stream>()
  const cells: Cell[] = []
  const compile = createCompiler()
  let loaded: PocketSphinxLoader | undefined

  function cellFor(bytes: number, loader: PocketSphinxLoader): Cell {
    const free = cells.find((cell) => !cell.isBroken && cell.bytes + bytes <= engineBytes)
    if (free !== undefined) return free
    const cell: Cell = { engine: loader.load(), streams: 0, bytes: 0, isBroken: false }
    cells.push(cell)
    return cell
  }
  function open(id: number, spec: StreamSpec): void {
    loaded ??= createLoader()
    const { grammar, pronunciations } = compile(spec, loaded.dictionary)
    const bytes = bytesOf(grammar)
    const cell = cellFor(bytes, loaded)
    const decoder = guarded(cell, () => createDecoder(cell.engine, grammar, pronunciations))
    cell.streams += 1
    cell.bytes += bytes
    streams.set(id, { decoder, cell, bytes })
  }
  function close(id: number): void {
    const stream = streams.get(id)
    if (stream === undefined) return
    const { cell, decoder } = stream
    streams.delete(id)
    cell.streams -= 1
    cell.bytes -= stream.bytes - leftBehindBytes
    if (!cell.isBroken) guarded(cell, () => decoder.close())
    const isSpent = cell.isBroken || cells.length > 1 || cell.bytes > spentBytes
    if (cell.streams === 0 && isSpent) cells.splice(cells.indexOf(cell), 1)
  }
  function answer(task: Task): Answer {
    if (task.op === 'open') open(task.stream, task.spec)
    if (task.op === 'close') close(task.stream)
    if (task.op === 'open' || task.op === 'close') return { text: '' }
    const stream = streams.get(task.stream)
    if (stream === undefined) throw new SttError('engine-failed', 'The thread was lost.')
    const { decoder, cell } = stream
    return guarded(cell, () => {
      if (task.op === 'push') return { text: decoder.push(task.samples) }
      if (task.op === 'finish') return { heard: decoder.finish() }
      decoder.start()
      return { text: '' }
    })
  }

  return (task) => {
    try {
      return answer(task)
    } catch (thrown) {
      return { fault: faultOf(thrown) }
    }
  }
}

/** Makes grammars of specs; the last ones are kept. */
function createCompiler(): (spec: StreamSpec, dictionary: string) => Compiled {
  const kept = new Map<string, Compiled>()
  return (spec, dictionary) => {
    const key = JSON.stringify(spec)
    const known = kept.get(key)
    if (known !== undefined) return known
    const grammar = compileGrammar(spec)
    const pronunciations = pronounce(grammar.words, dictionary, spec.pronunciations)
    const compiled = { grammar, pronunciations }
    const [oldest] = kept.keys()
    if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest)
    kept.set(key, compiled)
    return compiled
  }
}

/** Runs what may trap; a cell in which it did takes no more streams. */
function guarded<T>(cell: Cell, run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    cell.isBroken ||= !(thrown instanceof SttError)
    throw thrown
  }
}

function faultOf(thrown: unknown): FaultParts {
  if (thrown instanceof SttError) {
    return { code: thrown.code, message: thrown.message, items: thrown.items }
  }
  return { code: 'engine-failed', message: `The recogniser failed: ${String(thrown)}`, items: [] }
}
