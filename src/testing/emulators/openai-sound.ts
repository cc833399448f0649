import { decodeWav } from '../../audio/wav.ts'
import type { Validators } from '../../schema/compile.ts'
import type { FaultName } from './emulator.ts'
import { cut, hang, pause } from './http-trouble.ts'
import type { OpenEar } from './minds.ts'
import { schemaFault } from './openai-request.ts'
import { transcriptionSchema } from './openai-schemas.ts'
import { hugeLength, type Asked, type EmulatorServer } from './server.ts'
import { wireSpeech, type VoiceEmulatorInit } from './wire-speech.ts'

/** The linear sound that `/audio/speech` gives. */
const speechFormat = { sampleRate: 24_000, encoding: 'pcm' } as const
/** Length of the pieces in which sound goes out, in ms, unless another is given. */
const usualChunkMs = 120
/** Ms between two pieces of sound that comes much too slowly. */
const dripMs = 2000

/** What is to be said. */
interface SpeechBody {
  readonly input: string
  readonly voice: string | { readonly id: string }
  readonly response_format?: string
}

/** What goes wrong with an answer that is on its way; it may come to that at any time. */
export interface Trouble {
  fault: FaultName | undefined
}

/** Says a text, piece by piece. Its form has no place for an error: what goes wrong in the middle ends it. */
export async function sendSpeech(
  server: EmulatorServer,
  asked: Asked,
  of: {
    readonly body: SpeechBody
    readonly init: VoiceEmulatorInit
    readonly trouble: Trouble
  },
): Promise<void> {
  const { response, signal } = asked
  const { body, trouble, init } = of
  const { chunkMs = usualChunkMs, pace = Infinity, delayMs = 0 } = init
  const isPage = trouble.fault === 'garbage'
  const type = isPage ? 'text/html' : body.response_format === 'pcm' ? 'audio/pcm' : 'audio/mpeg'
  response.writeHead(200, { 'content-type': type })
  response.flushHeaders()
  if (isPage) return void response.end('<html>a proxy</html>')
  if (trouble.fault === 'stall') await hang(server, asked)
  const voice = typeof body.voice === 'string' ? body.voice : body.voice.id
  const said = { text: body.input, voice, format: speechFormat }
  const { bytes, perMs } = await wireSpeech(init, said)
  // One byte less, so that samples come in halves.
  const pieceBytes = chunkMs * perMs - 1
  await pause(server, asked, delayMs)
  for (let at = 0; at < bytes.length && !signal.aborted; at += pieceBytes) {
    if (at > 0) await pause(server, asked, trouble.fault === 'drip' ? dripMs : chunkMs / pace)
    const { fault } = trouble
    if (fault === 'huge') server.write(response, new Uint8Array(hugeLength))
    server.write(response, bytes.subarray(at, at + pieceBytes))
    if (fault === 'clean-end') break
    if (fault === 'abrupt-close' || fault === 'error-mid-stream') return cut(asked)
    if (fault === 'half-open' || (fault === 'stall' && at > 0)) await hang(server, asked)
  }
  response.end()
}

/** A request for a transcript: the sound, and the fields beside it. */
export interface TranscriptionBody {
  readonly samples: Int16Array
  readonly sampleRate: number
  readonly fields: Readonly<Record<string, string>>
}

/** Reads a form. Gives what the API has against it, in its own manner, where it does not take it. */
export async function readForm(
  { body, headers }: Asked,
  validators: Validators,
): Promise<TranscriptionBody | string> {
  const type = headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return 'the body is no multipart form'
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined)
  if (form === undefined) return 'the body is no multipart form'
  const file = form.get('file')
  if (!(file instanceof File)) return 'file: it is missing'
  const fields: Record<string, string> = {}
  for (const [name, value] of form) if (name !== 'file') fields[name] = String(value)
  const wrong = schemaFault(fields, transcriptionSchema, validators)
  if (wrong !== undefined) return wrong
  if (!/\.(wav|mp3|mp4|m4a|webm|ogg|flac|mpga|mpeg)$/.test(file.name)) {
    return 'file: its name does not say what it is'
  }
  try {
    const { samples, sampleRate, channels } = decodeWav(new Uint8Array(await file.arrayBuffer()))
    if (channels !== 1) return 'file: it is not mono'
    return { samples, sampleRate, fields }
  } catch {
    return 'file: Audio file might be corrupted or unsupported'
  }
}

/** What is said in a sound. */
export async function transcriptOf(
  { samples, sampleRate }: TranscriptionBody,
  open: OpenEar,
): Promise<string> {
  const texts: string[] = []
  const ear = open(sampleRate, (heard) => {
    if (heard.type === 'final') texts.push(heard.text)
  })
  ear.push(samples)
  ear.finish()
  await ear.close()
  return texts.join(' ').trim()
}
