import { createValidators } from '../../schema/compile.ts'
import type { JsonSchema } from '../../schema/json-schema.ts'
import type { Emulator, Fault, FaultName } from './emulator.ts'
import { cut, pause, statusOf } from './http-trouble.ts'
import { echoing, scriptedEar, type ModelQuestion, type OpenEar } from './minds.ts'
import { ChatAnswer, usageOf, type ChatManner, type ChatPiece } from './openai-answer.ts'
import { chatFault, questionOf, schemaFault, type ChatBody } from './openai-request.ts'
import { speechSchema } from './openai-schemas.ts'
import { readForm, sendSpeech, transcriptOf, type Trouble } from './openai-sound.ts'
import { EmulatorServer, type Asked } from './server.ts'
import type { VoiceEmulatorInit } from './wire-speech.ts'

/** What `emulateOpenAi` takes. */
export interface OpenAiInit extends VoiceEmulatorInit {
  /** What it answers. A sentence about what it was asked unless given. */
  readonly answer?: (
    question: ModelQuestion,
    body: ChatBody,
  ) => Iterable<ChatPiece> | AsyncIterable<ChatPiece>
  /** Ms between two words of an answer; 0 unless given. */
  readonly tokenMs?: number
  /** Type of the error that `error-mid-stream` sends; `server_error` unless given. */
  readonly errorType?: string
  /** What servers leave out that speak the same API: it is left out here, too. */
  readonly without?: ChatManner['without']
  /** What it hears with; nothing unless given. */
  readonly ear?: OpenEar
  /** Models that it has. */
  readonly models?: readonly string[]
}

/** Models that it has unless it is told otherwise: some of each kind. */
const usualModels = [
  ...['gpt-5.4-mini', 'gpt-5.4-nano', 'gpt-4o-mini-tts', 'tts-1'],
  ...['gpt-4o-transcribe', 'gpt-4o-mini-transcribe', 'whisper-1'],
]

/** Tokens of a beginning that must be the same for it to come out of the cache, and in steps of how many. */
const cache = { least: 1024, step: 128 } as const

/** What the API says to those it turns away: type, code, message. */
const refusals: Readonly<Record<number, readonly [string, string | null, string]>> = {
  401: ['invalid_request_error', 'invalid_api_key', 'Incorrect API key provided.'],
  429: ['requests', 'rate_limit_exceeded', 'Rate limit reached for requests.'],
  503: ['server_error', null, 'The engine is currently overloaded, please try again later.'],
}

/**
 * OpenAI's API on loopback: chat completions (as events, or in one piece), speech, transcripts of files, and
 * models. It refuses what the API would refuse; beginnings
 * of conversations come out of its cache, for ever.
 */
export async function emulateOpenAi(init: OpenAiInit = {}): Promise<Emulator> {
  const service = new OpenAiService(init)
  const server = await EmulatorServer.listen({
    ...init,
    vendor: 'openai',
    base: '/v1',
    keyOf: ({ authorization = '' }) => authorization.replace(/^Bearer /, ''),
    overloaded: 503,
    refusal: (status) => {
      const [type, code, message] = refusals[status] ?? ['invalid_request_error', null, 'Refused.']
      return { body: errorBody(type, code, message), headers: { 'x-request-id': 'req_emulated' } }
    },
    request: (asked) => service.take(server, asked),
    spoil: (fault) => service.spoil(fault),
  })
  return server
}

/** Answers requests whose key is right. */
class OpenAiService {
  readonly #init: OpenAiInit
  readonly #models: readonly string[]
  readonly #manner: ChatManner
  readonly #ear: OpenEar
  readonly #validators = createValidators()
  readonly #chats = new Set<ChatAnswer>()
  readonly #troubles = new Set<Trouble>()
  #requests = 0
  #told: readonly string[] = []

  constructor(init: OpenAiInit) {
    this.#init = init
    this.#models = init.models ?? usualModels
    this.#ear = init.ear ?? scriptedEar([])
    const { delayMs = 0, tokenMs = 0, errorType = 'server_error', without = [] } = init
    this.#manner = { delayMs, tokenMs, errorType, without }
  }

  async take(server: EmulatorServer, asked: Asked): Promise<void> {
    const { method, url } = asked
    const { pathname: path } = url
    if (method === 'GET' && path.startsWith('/v1/models')) return this.#tellModels(asked)
    if (method === 'POST' && path === '/v1/chat/completions') return this.#chat(server, asked)
    if (method === 'POST' && path === '/v1/audio/speech') return this.#speech(server, asked)
    if (method === 'POST' && path === '/v1/audio/transcriptions') return this.#hear(server, asked)
    refuse(asked, 404, 'unknown_url', `Invalid URL (${method} ${path})`)
  }

  /** Something goes wrong with everything that is on its way. */
  spoil(fault: FaultName): void {
    for (const chat of this.#chats) chat.spoil(fault)
    for (const trouble of this.#troubles) trouble.fault = fault
  }

  async #chat(server: EmulatorServer, asked: Asked): Promise<void> {
    const parsed = json(asked.body)
    const wrong = chatFault(parsed, this.#validators)
    if (wrong !== undefined) return objectTo(server, asked, wrong)
    const body = parsed as ChatBody
    if (!this.#has(asked, body.model)) return
    const begun = this.#begin(server, asked)
    if (begun === 'refused') return
    const id = String(++this.#requests).padStart(6, '0')
    const tokens = this.#tokensOf(asked.body.toString(), body)
    const pieces = (this.#init.answer ?? echoing)(questionOf(body), body)
    if (body.stream === true) {
      const of = { id, body, tokens, manner: this.#manner, fault: begun?.fault }
      const chat = new ChatAnswer(server, asked, of)
      this.#chats.add(chat)
      return chat.stream(pieces).finally(() => this.#chats.delete(chat))
    }
    const message = await messageOf(pieces, id)
    const usage = usageOf(tokens, Math.ceil(JSON.stringify(message).length / 4))
    const finish_reason = 'tool_calls' in message ? 'tool_calls' : 'stop'
    const choices = [{ index: 0, message, logprobs: null, finish_reason }]
    const head = { id: `chatcmpl-${id}`, object: 'chat.completion', created: 1_780_000_000 }
    send(asked, { ...head, model: body.model, choices, usage })
  }

  async #speech(server: EmulatorServer, asked: Asked): Promise<void> {
    const parsed = this.#checked(server, asked, speechSchema)
    if (parsed === undefined) return
    const body = parsed as {
      readonly model: string
      readonly input: string
      readonly voice: string
    }
    if (!this.#has(asked, body.model)) return
    const begun = this.#begin(server, asked)
    if (begun === 'refused') return
    const trouble: Trouble = { fault: begun?.fault }
    this.#troubles.add(trouble)
    const sent = sendSpeech(server, asked, { body, init: this.#init, trouble })
    return sent.finally(() => this.#troubles.delete(trouble))
  }

  async #hear(server: EmulatorServer, asked: Asked): Promise<void> {
    const body = await readForm(asked, this.#validators)
    if (typeof body === 'string') return objectTo(server, asked, body)
    if (!this.#has(asked, body.fields['model'] ?? '')) return
    const begun = this.#begin(server, asked)
    if (begun === 'refused') return
    const text = await transcriptOf(body, this.#ear)
    const { delayMs = 0 } = this.#init
    const { fault } = begun ?? {}
    if (fault === 'stall' || fault === 'half-open') await server.healed
    await pause(server, asked, fault === 'drip' ? 20_000 : delayMs)
    const { response } = asked
    if (fault === 'garbage' || fault === 'clean-end' || fault === 'abrupt-close') {
      response.writeHead(200, { 'content-type': 'application/json' })
      server.write(response, '{"text":"Hel')
      if (fault === 'abrupt-close') return cut(asked)
      return void response.end()
    }
    if (fault === 'error-mid-stream') {
      return refuse(asked, 500, null, 'The server had an error.', 'server_error')
    }
    const seconds = Math.ceil(body.samples.length / body.sampleRate)
    const said = fault === 'huge' ? 'x'.repeat(20_000_000) : text
    send(asked, { text: said, usage: { type: 'duration', seconds } })
  }

  /** The next fault of an answer; those that are a status are over with it. */
  #begin(server: EmulatorServer, asked: Asked): Fault | 'refused' | undefined {
    const fault = server.take('answer')
    if (fault === undefined) return undefined
    if (fault.fault === 'refuse') {
      asked.response.socket?.resetAndDestroy()
      return 'refused'
    }
    const status = statusOf(fault.fault)
    if (status === undefined) return fault
    const [type, code, message] = refusals[status] ?? ['server_error', null, 'Refused.']
    if (status === 429) asked.response.setHeader('retry-after', String(fault.retryAfterS ?? 1))
    refuse(asked, status, code, message, type)
    return 'refused'
  }

  #has(asked: Asked, model: string): boolean {
    if (this.#models.includes(model)) return true
    const message = `The model \`${model}\` does not exist or you do not have access to it.`
    refuse(asked, 404, 'model_not_found', message)
    return false
  }

  #checked(server: EmulatorServer, asked: Asked, schema: JsonSchema): unknown {
    const body = json(asked.body)
    const wrong = schemaFault(body, schema, this.#validators)
    if (wrong === undefined) return body
    objectTo(server, asked, wrong)
    return undefined
  }

  /** The longest beginning that an earlier request had, in whole steps, comes out of the cache. */
  #tokensOf(raw: string, { messages }: ChatBody): { prompt: number; cached: number } {
    const told = messages.map((message) => JSON.stringify(message))
    const differs = told.findIndex((message, index) => message !== this.#told[index])
    const same = (differs < 0 ? told : told.slice(0, differs)).join('').length / 4
    this.#told = told
    const cached = same < cache.least ? 0 : Math.floor(same / cache.step) * cache.step
    return { prompt: Math.ceil(raw.length / 4), cached }
  }

  #tellModels(asked: Asked): void {
    const id = decodeURIComponent(asked.url.pathname.slice('/v1/models/'.length))
    const all = this.#models.map((name) => ({
      ...{ id: name, object: 'model', created: 1_780_000_000, owned_by: 'system' },
    }))
    if (id === '') return send(asked, { object: 'list', data: all })
    const found = all.find((model) => model.id === id)
    if (found !== undefined) return send(asked, found)
    refuse(asked, 404, 'model_not_found', `The model '${id}' does not exist`)
  }
}

/** What the API would refuse is noted, and refused. */
function objectTo(server: EmulatorServer, asked: Asked, what: string): void {
  server.violate(what)
  refuse(asked, 400, null, what)
}

function refuse(
  asked: Asked,
  status: number,
  code: string | null,
  message: string,
  type = 'invalid_request_error',
): void {
  const headers = { 'content-type': 'application/json', 'x-request-id': 'req_emulated' }
  asked.response.writeHead(status, headers)
  asked.response.end(errorBody(type, code, message))
}

const errorBody = (type: string, code: string | null, message: string): string =>
  JSON.stringify({ error: { message, type, param: null, code } })

function send({ response }: Asked, body: object): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}

/** A whole answer as one message. */
async function messageOf(
  pieces: Iterable<ChatPiece> | AsyncIterable<ChatPiece>,
  id: string,
): Promise<object> {
  let content = ''
  const calls: object[] = []
  for await (const piece of pieces) {
    if ('stop' in piece) break
    if ('text' in piece) content += piece.text
    else {
      const args = 'json' in piece ? piece.json : JSON.stringify(piece.arguments)
      const made = { name: piece.tool, arguments: args }
      calls.push({ id: `call_${id}_${calls.length}`, type: 'function', function: made })
    }
  }
  const message = { role: 'assistant', content: content || null, refusal: null }
  return calls.length === 0 ? message : { ...message, tool_calls: calls }
}
