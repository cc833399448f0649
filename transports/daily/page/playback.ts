import type { Playback, ToPlayback } from './playback-worklet.ts'

/** The bot's voice, as a track that a call can send. */
export interface Voice {
  readonly track: MediaStreamTrack
  play(sound: Int16Array<ArrayBuffer>): void
  clear(): void
}

/** What `openVoice` takes. */
export interface VoiceInit {
  readonly sampleRate: number
  /** Address of the worklet's module. */
  readonly worklet: string
  /** Told every 10.7 ms how much was played. */
  readonly onPlayed: (playback: Playback) => void
}

/** Opens the bot's voice: a ring buffer on the audio thread, which plays silence where it is empty. */
export async function openVoice({ sampleRate, worklet, onPlayed }: VoiceInit): Promise<Voice> {
  const context = new AudioContext({ sampleRate, latencyHint: 'interactive' })
  await context.audioWorklet.addModule(worklet)
  const node = new AudioWorkletNode(context, 'voxgraph-playback', {
    numberOfInputs: 0,
    outputChannelCount: [1],
  })
  node.port.onmessage = ({ data }: MessageEvent<Playback>) => onPlayed(data)
  const out = context.createMediaStreamDestination()
  out.channelCount = 1
  node.connect(out)
  await context.resume()
  const [track] = out.stream.getAudioTracks()
  if (track === undefined) throw new Error('the audio context has no track')
  const tell = (told: ToPlayback, transfer: Transferable[] = []): void =>
    node.port.postMessage(told, transfer)
  return {
    track,
    play: (sound) => tell(sound, [sound.buffer]),
    clear: () => tell('clear'),
  }
}
