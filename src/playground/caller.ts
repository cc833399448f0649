import { ClientError, connect, type VoiceClient } from 'voxgraph/client'
import type { CallEvent, Levels, StateChange } from 'voxgraph/client'
import type { PlaygroundGraph } from '../server/playground-graph.ts'

/** Where a caller tells what happens. */
export interface CallerInit {
  readonly graph: PlaygroundGraph
  onState(change: StateChange): void
  onEvent(event: CallEvent): void
  onLevels(levels: Levels): void
  /** What stands in the way, in a sentence that says what to do; empty: nothing. */
  onProblem(text: string): void
  /** Asks for the token; undefined when there will be none. */
  askToken(isWrong: boolean): Promise<string | undefined>
}

/** One call at a time, with the browser client. */
export class Caller {
  readonly #init: CallerInit
  #client: VoiceClient | undefined
  #giveUp: AbortController | undefined
  #token: string

  /** @param token of the address; empty where it has none */
  constructor(init: CallerInit, token: string) {
    this.#init = init
    this.#token = token
  }

  /** A call is under way, or about to be. */
  get isCalling(): boolean {
    return this.#giveUp !== undefined
  }

  /** The call; undefined before it has begun. */
  get client(): VoiceClient | undefined {
    return this.#client
  }

  /** Calls the agent; asks for a token where one is wanted. Never rejects: the page is told. */
  async call(microphone: boolean): Promise<void> {
    const { graph, onProblem, askToken } = this.#init
    if (this.isCalling || graph.socket === undefined) return
    onProblem('')
    if (graph.socket.asksForToken && this.#token === '') {
      const token = await askToken(false)
      if (token === undefined) return
      this.#token = token
    }
    const thrown = await this.#connect(microphone, graph.socket.path)
    if (thrown === undefined) return
    if (!(thrown instanceof ClientError)) return onProblem(String(thrown))
    if (thrown.code !== 'unauthorized') return onProblem(remedyOf(thrown))
    const token = await askToken(this.#token !== '')
    if (token === undefined) return
    this.#token = token
    await this.call(microphone)
  }

  /** Turns the microphone on, where the call began without. Never rejects: the page is told. */
  async speak(): Promise<void> {
    const { onProblem } = this.#init
    onProblem('')
    try {
      await this.#client?.useMicrophone()
    } catch (thrown) {
      onProblem(thrown instanceof ClientError ? remedyOf(thrown) : String(thrown))
    }
  }

  async hangUp(): Promise<void> {
    if (this.#client === undefined) this.#giveUp?.abort()
    else await this.#client.close()
  }

  /** Gives what was thrown. */
  async #connect(microphone: boolean, path: string): Promise<unknown> {
    const { onState, onEvent, onLevels, onProblem } = this.#init
    const giveUp = new AbortController()
    this.#giveUp = giveUp
    const over = (): void => {
      if (this.#giveUp !== giveUp) return
      this.#giveUp = undefined
      this.#client = undefined
    }
    try {
      this.#client = await connect({
        url: socketUrl(path),
        ...(this.#token === '' ? {} : { token: this.#token }),
        events: 'inspect',
        microphone,
        signal: giveUp.signal,
        on: {
          event: onEvent,
          levels: onLevels,
          state: (change) => {
            // What stands in the way of a call that has not begun is thrown, too.
            if (
              change.state === 'closed' &&
              change.error !== undefined &&
              this.#client !== undefined
            )
              onProblem(remedyOf(change.error))
            if (change.state === 'closed') over()
            onState(change)
          },
        },
      })
      return undefined
    } catch (thrown) {
      over()
      return thrown
    }
  }
}

/** The page stands at `<site>/playground`, the socket below the same site. */
function socketUrl(path: string): string {
  const { origin, pathname } = window.location
  return `${origin.replace(/^http/, 'ws')}${pathname.replace(/\/playground\/?$/, '')}${path}`
}

/** What to do about it. */
function remedyOf({ code, message }: ClientError): string {
  switch (code) {
    case 'microphone-denied':
      return 'The browser keeps the microphone from this page. Allow it beside the address and call again, or only type.'
    case 'microphone-missing':
      return 'No microphone was found, or another program has it. Plug one in and call again, or only type.'
    case 'no-audio':
      return 'This page cannot handle sound here. Open it over HTTPS, or from the machine that serves it.'
    case 'unreachable':
      return 'Nobody answered. Is the server still running?'
    case 'busy':
      return 'All lines are busy. Try again in a moment.'
    case 'unauthorized':
      return 'The token is wrong. Call again to give another.'
    case 'forbidden':
      return 'The server does not let this page in: add its origin to "origins" of the transport.'
    case 'lost':
      return 'The connection broke. Call again when the network is back.'
    case 'refused':
      return `The server refused the call: ${message}`
    case 'aborted':
      return ''
  }
}
