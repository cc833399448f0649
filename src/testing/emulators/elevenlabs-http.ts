import type { FaultName } from './emulator.ts'
import { createValidators } from '../../schema/compile.ts'
import { charactersIn, charactersOf, formatOf, type Character } from './elevenlabs-context.ts'
import type { ElevenLabsEmulatorInit } from './elevenlabs.ts'
import { models, outputFormats, requestSchema } from './elevenlabs-schema.ts'
import { hugeLength, type Asked, type EmulatorServer } from './server.ts'
import {
  chunksOf,
  dripMs,
  isPause,
  paced,
  usualChunkMs,
  wireSpeech,
  type WireChunk,
} from './wire-speech.ts'

type Init = ElevenLabsEmulatorInit & { readonly voices: readonly string[] }

/** What the vendor calls a refusal, by status. */
const names: Readonly<Record<number, string>> = {
  401: 'invalid_api_key',
  404: 'voice_not_found',
  422: 'invalid_request',
  429: 'too_many_concurrent_requests',
  503: 'system_busy',
}

/** The body of a refusal. */
export const errorBody = (status: number, message = `status ${status}`): string =>
  JSON.stringify({ detail: { status: names[status] ?? 'internal_error', message } })

/** Answers a request whose key is accepted. */
export async function answer(init: Init, server: EmulatorServer, asked: Asked): Promise<void> {
  const { method, url, response } = asked
  const give = (status: number, body: string): void => {
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body)
  }
  const voice = /^\/v1\/voices\/([^/]+)$/.exec(url.pathname)?.[1]
  const speaking = /^\/v1\/text-to-speech\/([^/]+)\/stream\/with-timestamps$/.exec(url.pathname)
  const isKnown = init.voices.includes(decodeURIComponent(voice ?? speaking?.[1] ?? ''))
  if (method === 'GET' && url.pathname === '/v1/models') {
    const known = models.map((id) => ({ model_id: id, name: id, can_do_text_to_speech: true }))
    return give(200, JSON.stringify(known))
  }
  if (method === 'GET' && voice !== undefined && isKnown) {
    return give(200, JSON.stringify({ voice_id: voice, name: 'Emulated', category: 'premade' }))
  }
  if (voice !== undefined || (speaking !== null && !isKnown)) return give(404, errorBody(404))
  if (method !== 'POST' || speaking === null) {
    server.violate(`${method} ${url.pathname}`)
    return give(404, errorBody(404))
  }
  const fault = faultOf(asked)
  if (fault !== undefined) {
    server.violate(fault)
    return give(422, errorBody(422, fault))
  }
  await stream(init, server, asked, decodeURIComponent(speaking[1] ?? ''))
}

function faultOf({ body, url }: Asked): string | undefined {
  const format = url.searchParams.get('output_format')
  if (format !== null && !outputFormats.includes(format)) return `the output_format ${format}`
  let message: unknown
  try {
    message = JSON.parse(body.toString())
  } catch {
    return 'a body that is no JSON'
  }
  const [issue] = createValidators().of(requestSchema)(message)
  return issue && `${issue.pointer} ${issue.message}`
}

async function stream(
  init: Init,
  server: EmulatorServer,
  { body, url, response, signal }: Asked,
  voice: string,
): Promise<void> {
  const { text } = JSON.parse(body.toString()) as { readonly text: string }
  if (init.delayMs !== undefined) await server.clock.sleep(init.delayMs, signal)
  response.writeHead(200, { 'content-type': 'application/json' })
  const format = formatOf(url.searchParams.get('output_format'))
  const speech = await wireSpeech(init, { text, voice, format })
  const characters = charactersOf(text, speech)
  const chunks = [...chunksOf(speech, init.chunkMs ?? usualChunkMs)]
  const fault = server.take('answer')?.fault
  const middle = Math.floor(chunks.length / 2)
  if (fault === 'wrong-order') chunks.push(...chunks.splice(middle).toReversed())
  const line = (chunk: WireChunk): string => `${lineOf(chunk, characters, init.streamTimes)}\n`
  for (const [index, chunk] of chunks.entries()) {
    if (index === middle && fault !== undefined) {
      if (await spoil(fault, server, response)) return
    }
    if (index >= middle && fault === 'drip') await server.clock.sleep(dripMs, signal)
    await paced(init, server.clock, chunk, signal)
    server.write(response, line(chunk))
    const isTwice = index >= middle && fault === 'duplicate' && !isPause(chunk)
    if (isTwice) server.write(response, line(chunk))
  }
  response.end()
}

/** Lets a fault happen in the middle of a stream. @returns true when nothing more is sent */
async function spoil(
  fault: FaultName,
  server: EmulatorServer,
  response: Asked['response'],
): Promise<boolean> {
  if (fault === 'drip' || fault === 'duplicate' || fault === 'wrong-order') return false
  if (fault === 'stall' || fault === 'half-open') await server.healed
  else if (fault === 'garbage') server.write(response, '{"audio_base64":\n')
  else if (fault === 'huge') server.write(response, `${'x'.repeat(hugeLength)}\n`)
  else if (fault === 'clean-end') response.end()
  else if (fault === 'refuse' || fault === 'abrupt-close') response.destroy()
  else {
    server.write(response, `${errorBody(500)}\n`)
    response.end()
  }
  return fault !== 'stall' && fault !== 'half-open' && fault !== 'garbage' && fault !== 'huge'
}

function lineOf(
  chunk: WireChunk,
  characters: readonly Character[],
  from: ElevenLabsEmulatorInit['streamTimes'],
): string {
  const within = charactersIn(characters, chunk)
  const fromMs = from === 'piece' ? chunk.startMs : 0
  const seconds = (ms: number): number => Math.round(ms - fromMs) / 1000
  const alignment = {
    characters: within.map(({ char }) => char),
    character_start_times_seconds: within.map(({ startMs }) => seconds(startMs)),
    character_end_times_seconds: within.map(({ endMs }) => seconds(endMs)),
  }
  const given = within.length === 0 ? null : alignment
  const audio = Buffer.from(chunk.bytes).toString('base64')
  return JSON.stringify({ audio_base64: audio, alignment: given, normalized_alignment: given })
}
