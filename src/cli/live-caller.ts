import { createWavWriter } from '../audio/wav-writer.ts'
import type { Clock } from '../time/clock.ts'
import { createCallerPhone, type CallerNote, type CallerPhone } from '../testing/caller-phone.ts'
import type { CallerScript } from '../testing/caller-script.ts'

/** What a call needs, whichever way it is placed. */
export interface CallInit {
  readonly clock: Clock
  readonly script: CallerScript
  /** From `speakScript`, at the rate of the call. */
  readonly sounds: ReadonlyMap<number, Int16Array>
  /** In Hz. */
  readonly sampleRate: number
  readonly onNote: (note: CallerNote) => void
  /** WAV file for what the caller says (left) and hears (right). */
  readonly out?: string | undefined
}

/** Ends a call from outside. */
export interface RemoteCall extends CallInit {
  readonly url: string
  /** Of the sound on the wire; linear 16-bit unless given. */
  readonly encoding?: 'pcm' | 'mulaw'
  readonly token?: string | undefined
  readonly signal: AbortSignal
}

/** Length of what is sent at a time, in ms. A telephone sends all the time. */
const frameMs = 20

/**
 * Calls a `websocket` transport in real time. Resolves when the call is over, with the reason why it has not
 * gone as it should; undefined when it has.
 * @throws VoxgraphError when there is no connection, or `out` cannot be written
 */
export async function placeCall(init: RemoteCall): Promise<string | undefined> {
  const { clock, sampleRate, encoding = 'pcm', url, token, signal } = init
  // By its door, as anybody would: the runtime does not know its transports.
  const { connectClient } = await import('voxgraph/transports/websocket')
  const { phone, outcome, close } = await openPhone(init)
  let failure: Error | undefined
  const client = await connectClient(url, {
    sampleRate,
    encoding,
    token,
    signal,
    call: { from: 'simulated' },
    onAudio: (samples) => phone.hear(samples, phone.now),
    onClear: () => phone.clear(phone.now),
    onEnd: (broken) => {
      failure = broken
      phone.ended()
    },
  })
  const count = Math.round((sampleRate * frameMs) / 1000)
  const startedAt = clock.now()
  for (let sent = 1; !signal.aborted; sent++) {
    const samples = phone.speak(count)
    if (samples === undefined) break
    client.send(samples)
    await clock.sleep(Math.max(0, startedAt + sent * frameMs - clock.now()), signal).catch(() => {})
  }
  await client.close()
  await close()
  if (failure !== undefined) return failure.message
  return signal.aborted ? 'the caller was stopped' : outcome()
}

/** The phone, the recording of what it says and hears, and how the call went. */
export async function openPhone(init: CallInit): Promise<{
  readonly phone: CallerPhone
  /** Undefined when the call has gone as it should. */
  outcome(): string | undefined
  close(): Promise<void>
}> {
  const { script, sounds, sampleRate, onNote, out } = init
  const writer =
    out === undefined ? undefined : await createWavWriter({ path: out, sampleRate, channels: 2 })
  let result: string | undefined = 'the call is not over'
  const phone = createCallerPhone({
    script,
    sounds,
    sampleRate,
    onNote(note) {
      if (note.type === 'done') result = undefined
      if (note.type === 'give-up') result = note.reason
      onNote(note)
    },
    onSound: writer && ((said, heard) => void writer.write(interleave(said, heard))),
  })
  return { phone, outcome: () => result, close: async () => writer?.close() }
}

function interleave(left: Int16Array, right: Int16Array): Int16Array {
  const both = new Int16Array(left.length * 2)
  left.forEach((sample, index) => (both[index * 2] = sample))
  right.forEach((sample, index) => (both[index * 2 + 1] = sample))
  return both
}
