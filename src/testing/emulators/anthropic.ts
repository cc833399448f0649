import type { IncomingHttpHeaders } from 'node:http'
import { createValidators } from '../../schema/compile.ts'
import {
  AnswerOnItsWay,
  messageOf,
  usageOf,
  type AnswerPace,
  type EmulatedPiece,
} from './anthropic-answer.ts'
import { PromptCache, type CachedTokens } from './anthropic-cache.ts'
import { blocksOf, requestFault, type MessageBody } from './anthropic-request.ts'
import type { Emulator, EmulatorInit, FaultName } from './emulator.ts'
import { EmulatorServer, type Asked } from './server.ts'

/** What an emulated model is asked: the request as it came, and what was said last. */
export interface EmulatedQuestion {
  readonly body: MessageBody
  /** Text of the last turn of the user, without tool results. */
  readonly said: string
  /** Results of tools in the last turn, in order. */
  readonly results: readonly string[]
}

/** What `emulateAnthropic` takes. */
export interface AnthropicInit extends EmulatorInit {
  /** What it answers. A sentence about what it was asked unless given. */
  readonly answer?: (
    question: EmulatedQuestion,
  ) => Iterable<EmulatedPiece> | AsyncIterable<EmulatedPiece>
  /** Ms between two words; 0 unless given. */
  readonly tokenMs?: number
  /** Type of the error that `error-mid-stream` sends; `overloaded_error` unless given. */
  readonly errorType?: string
  /** Models that it has. */
  readonly models?: readonly string[]
}

/** Models of the service that agents use most. */
const usualModels = [
  'claude-haiku-4-5',
  'claude-haiku-4-5-20251001',
  'claude-haiku-5-5',
  'claude-sonnet-4-6',
  'claude-sonnet-5',
  'claude-opus-5',
]

/** Types of error by status. */
const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

/**
 * The Messages API of Anthropic on loopback: answers as events or in one piece, models, errors in the
 * service's words. It refuses what the service would refuse, and keeps beginnings of requests as the service
 * does, so that the tokens it counts follow from the bytes it got.
 */
export async function emulateAnthropic(init: AnthropicInit = {}): Promise<Emulator> {
  const service = new MessagesService(init)
  const server = await EmulatorServer.listen({
    ...init,
    vendor: 'anthropic',
    keyOf,
    overloaded: 529,
    refusal: (status) => ({ body: errorBody(status, refusals[status] ?? 'Refused') }),
    request: (asked) => service.take(server, asked),
    spoil: (fault) => service.spoil(fault),
  })
  return server
}

/** Answers requests whose key is right. */
class MessagesService {
  readonly #models: readonly string[]
  readonly #answer: NonNullable<AnthropicInit['answer']>
  readonly #pace: AnswerPace
  readonly #validators = createValidators()
  readonly #onTheirWay = new Set<AnswerOnItsWay>()
  #cache: PromptCache | undefined
  #requests = 0

  constructor(init: AnthropicInit) {
    this.#models = init.models ?? usualModels
    this.#answer = init.answer ?? aSentence
    const { delayMs = 0, tokenMs = 0, errorType = 'overloaded_error' } = init
    this.#pace = { delayMs, tokenMs, errorType }
  }

  async take(server: EmulatorServer, asked: Asked): Promise<void> {
    const { method, url, headers } = asked
    if (headers['anthropic-version'] === undefined) return refuse(asked, 400, noVersion)
    const { pathname } = url
    if (method === 'GET' && pathname.startsWith('/v1/models')) return tell(asked, this.#models)
    if (method !== 'POST' || pathname !== '/v1/messages') {
      return refuse(asked, 404, `Not found: ${method} ${pathname}`)
    }
    const body = json(asked.body)
    const fault = requestFault(body, this.#validators)
    if (fault !== undefined) {
      server.violate(fault)
      return refuse(asked, 400, fault)
    }
    const request = body as MessageBody
    if (!this.#models.includes(request.model)) return refuse(asked, 404, `model: ${request.model}`)
    const id = `msg_${String(++this.#requests).padStart(6, '0')}`
    if (request.stream === true) await this.#stream(server, asked, request, id)
    else await this.#reply(server, asked, request, id)
  }

  spoil(fault: FaultName): void {
    for (const answer of this.#onTheirWay) void answer.spoil(fault)
  }

  /** Where the tokens of a request come from. */
  #tokensOf(server: EmulatorServer, body: MessageBody): CachedTokens {
    this.#cache ??= new PromptCache(server.clock)
    return this.#cache.take(body)
  }

  async #stream(
    server: EmulatorServer,
    asked: Asked,
    body: MessageBody,
    id: string,
  ): Promise<void> {
    const { fault } = server.take('answer') ?? {}
    if (fault !== undefined && refuseLate(asked, fault)) return
    const tokens = this.#tokensOf(server, body)
    const answer = new AnswerOnItsWay(server, asked, { id, body, tokens, pace: this.#pace, fault })
    this.#onTheirWay.add(answer)
    try {
      await answer.stream(this.#answer(questionOf(body)))
    } finally {
      this.#onTheirWay.delete(answer)
    }
  }

  async #reply(server: EmulatorServer, asked: Asked, body: MessageBody, id: string): Promise<void> {
    const isPrewarm = body.max_tokens === 0
    const text = isPrewarm ? '' : await textOf(this.#answer(questionOf(body)))
    const usage = usageOf(this.#tokensOf(server, body), Math.ceil(text.length / 4))
    const content = text === '' ? [] : [{ type: 'text', text, citations: null }]
    const stop_reason = isPrewarm ? 'max_tokens' : 'end_turn'
    send(asked, 200, { ...messageOf(id, body.model, usage), content, stop_reason })
  }
}

const noVersion = 'anthropic-version: header is required'

/** What the service says to those it turns away. */
const refusals: Readonly<Record<number, string>> = {
  401: 'invalid bearer token',
  429: 'This request would exceed the rate limit of your organization.',
  529: 'Overloaded',
}

/** Faults that are over before an answer has begun. @returns false when it is none of them */
function refuseLate(asked: Asked, fault: FaultName): boolean {
  const statuses: { readonly [name in FaultName]?: number } = {
    unauthorized: 401,
    'rate-limit': 429,
    overloaded: 529,
  }
  if (fault === 'refuse') asked.response.socket?.resetAndDestroy()
  const status = statuses[fault]
  if (status !== undefined) refuse(asked, status, refusals[status] ?? '')
  return fault === 'refuse' || status !== undefined
}

function keyOf(headers: IncomingHttpHeaders): string | undefined {
  const { authorization, 'x-api-key': plain } = headers
  return authorization?.replace(/^Bearer /, '') ?? (typeof plain === 'string' ? plain : undefined)
}

function tell(asked: Asked, models: readonly string[]): void {
  const id = decodeURIComponent(asked.url.pathname.slice('/v1/models/'.length))
  const all = models.map(modelInfo)
  if (id === '') {
    const [first_id, last_id] = [models[0] ?? null, models.at(-1) ?? null]
    return send(asked, 200, { data: all, has_more: false, first_id, last_id })
  }
  const found = models.indexOf(id)
  if (found < 0) refuse(asked, 404, `model: ${id}`)
  else send(asked, 200, all[found] ?? {})
}

const modelInfo = (id: string): object => ({
  ...{ type: 'model', id, display_name: id, created_at: '2025-10-01T00:00:00Z' },
  ...{ capabilities: null, deprecated_at: null, lifecycle: 'active', line: null },
  ...{ max_input_tokens: 200_000, max_tokens: 64_000, retires_at: null },
})

function refuse(asked: Asked, status: number, message: string): void {
  if (status === 429) asked.response.setHeader('retry-after', '1')
  asked.response.setHeader('request-id', 'req_emulated')
  send(asked, status, JSON.parse(errorBody(status, message)) as object)
}

function send({ response }: Asked, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

const errorBody = (status: number, message: string): string =>
  JSON.stringify({
    type: 'error',
    error: { type: errorTypes[status] ?? 'api_error', message },
    request_id: 'req_emulated',
  })

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown
  } catch {
    return undefined
  }
}

function questionOf(body: MessageBody): EmulatedQuestion {
  const last = blocksOf(body.messages.at(-1)?.content ?? [])
  const texts = last.flatMap(({ type, text = '' }) => (type === 'text' ? [text] : []))
  const results = last.flatMap(({ type, content }) =>
    type === 'tool_result' ? [typeof content === 'string' ? content : JSON.stringify(content)] : [],
  )
  return { body, said: texts.join(' '), results }
}

/** It has understood, and says so. */
const aSentence = ({ said, results }: EmulatedQuestion): readonly EmulatedPiece[] => [
  { text: `You said: ${(said || results.join(', ')).slice(0, 200)}. What else can I do for you?` },
]

async function textOf(
  pieces: Iterable<EmulatedPiece> | AsyncIterable<EmulatedPiece>,
): Promise<string> {
  let text = ''
  for await (const piece of pieces) if ('text' in piece) text += piece.text
  return text
}
