import type { BrainContext, Said } from './brain.ts'

/** What `readAnswer` takes. */
export interface AnswerInit<Event> {
  readonly ctx: Pick<BrainContext<unknown, unknown>, 'clock' | 'metric'>
  /** Of the inference. */
  readonly signal: AbortSignal
  /** Asks the service; resolves when its answer begins. */
  readonly open: () => Promise<AsyncIterable<Event>>
  /** Makes of each event what is said; `finish` throws when the answer is not complete. */
  readonly reader: { read(event: Event): Iterable<Said>; finish(): void }
  readonly failureOf: (thrown: unknown) => unknown
}

/**
 * Reads the streamed answer of a model, and says what comes as it comes. Opened when it is read. An aborted
 * inference ends it without an error, and without a word more: many SDKs end an aborted stream as if it were
 * complete. Reports `llm.first_token`, ms from the question to the first piece.
 * @throws what `failureOf` makes of a failure
 */
export async function* readAnswer<Event>(init: AnswerInit<Event>): AsyncGenerator<Said> {
  const { ctx, signal, reader } = init
  const began = ctx.clock.now()
  let isFirst = true
  try {
    for await (const event of await init.open()) {
      for (const said of reader.read(event)) {
        if (isFirst) ctx.metric('llm.first_token', ctx.clock.now() - began, 'ms')
        isFirst = false
        yield said
      }
    }
    if (!signal.aborted) reader.finish()
  } catch (thrown) {
    if (!signal.aborted) throw init.failureOf(thrown)
  }
}
