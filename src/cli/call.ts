import { readFile } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { fileFault } from '../audio/file-fault.ts'
import { createLiveClock } from '../time/live-clock.ts'
import type { CallerNote } from '../testing/caller-phone.ts'
import { CallerScriptError, readCallerScript, type CallerScript } from '../testing/caller-script.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { placeCall } from './live-caller.ts'
import { speakScript } from './live-voice.ts'
import { paintFor } from './paint.ts'

/** `voxgraph call` */
export const command: Command = {
  name: 'call',
  summary: 'Call a running graph as a simulated caller.',
  usage: '<caller.yaml> --url ws://127.0.0.1:8765/ [--token secret] [--out heard.wav]',
  options: {
    url: { type: 'string' },
    token: { type: 'string' },
    out: { type: 'string', short: 'o' },
    'sample-rate': { type: 'string' },
    encoding: { type: 'string' },
    json: { type: 'boolean' },
  },
  describe: {
    url: 'address that `voxgraph run` has printed',
    token: 'token of the server, if it wants one',
    out: 'record the call as the caller hears it (left: caller, right: bot)',
    'sample-rate': 'rate of the call in Hz, as the server has it; 16000',
    encoding: 'sound on the wire, as the server has it: pcm or mulaw; pcm',
    json: 'one JSON object a line, for programs',
  },
  examples: ['voxgraph call graphs/callers/front-desk.yaml --url ws://127.0.0.1:8765/'],
  run: call,
}

async function call({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const [file, ...others] = positionals
  const { url, token, out } = values
  if (file === undefined || others.length > 0) throw new UsageError('Name one script of a caller.')
  if (typeof url !== 'string') throw new UsageError('Who is to be called? Give an address: --url')
  const sampleRate = Number(values['sample-rate'] ?? 16_000)
  if (!Number.isInteger(sampleRate) || sampleRate < 8000 || sampleRate > 48_000) {
    throw new UsageError('--sample-rate is a whole number from 8000 to 48000.')
  }
  const script = await openScript(file, terminal.cwd)
  const path = resolve(terminal.cwd, file)
  const { encoding = 'pcm' } = values
  if (encoding !== 'pcm' && encoding !== 'mulaw') {
    throw new UsageError('--encoding is pcm or mulaw.')
  }
  const sounds = await speakScript(script, path, sampleRate)
  const isJson = values['json'] === true
  const problem = await placeCall({
    clock: createLiveClock(),
    script,
    sounds,
    sampleRate,
    encoding,
    url,
    signal: terminal.signal,
    onNote: isJson ? noteAsJson(terminal) : noteAsText(terminal),
    ...(typeof token === 'string' && { token }),
    ...(typeof out === 'string' && { out: resolve(terminal.cwd, out) }),
  })
  if (problem === undefined) return exitCodes.ok
  terminal.err.write(`the call has not gone as it should: ${problem}\n`)
  return exitCodes.failed
}

/**
 * Reads the script of a caller.
 * @throws CallerScriptError
 */
export async function openScript(file: string, cwd: string): Promise<CallerScript> {
  const path = resolve(cwd, file)
  const name = relative(cwd, path)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (thrown) {
    throw new CallerScriptError(`${name} cannot be read: ${fileFault(thrown)}`)
  }
  return readCallerScript(text, name)
}

const noteAsJson =
  (terminal: Terminal) =>
  (note: CallerNote): void =>
    void terminal.out.write(`${JSON.stringify({ ...note, at: Math.round(note.at) })}\n`)

function noteAsText(terminal: Terminal): (note: CallerNote) => void {
  const paint = paintFor(terminal.out)
  return (note) => {
    const told = tell(note)
    if (told === undefined) return
    const time = paint('dim', `${(note.at / 1000).toFixed(1).padStart(7)} s`)
    terminal.out.write(`${time}  ${told}\n`)
  }
}

function tell(note: CallerNote): string | undefined {
  switch (note.type) {
    case 'say':
      return `${note.interrupts ? '(interrupting) ' : ''}${note.text}`
    case 'hangup':
      return '(hangs up)'
    case 'give-up':
      return `(gives up: ${note.reason})`
    case 'done':
      return '(the call is over)'
    case 'bot':
      return undefined
  }
}
