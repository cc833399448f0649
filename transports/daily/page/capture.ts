/** Chromium has it on the page too; the library of TypeScript knows it in workers only. */
declare class MediaStreamTrackProcessor {
  constructor(init: { readonly track: MediaStreamTrack; readonly maxBufferSize?: number })
  readonly readable: ReadableStream<AudioData>
}

/** Pieces in which sound is handed on, in ms. */
const pieceMs = 20
/** Pieces of a track that may wait before the oldest is dropped: 10 ms each. */
const mostWaiting = 50

/** Listens to a track until it is told to stop. */
export interface Capture {
  stop(): void
}

/**
 * Listens to a track of somebody else. Sound comes in pieces of 20 ms, mono; a track in another rate than
 * `sampleRate` is not heard (Opus in Chromium is always 48 kHz).
 */
export function openCapture(
  track: MediaStreamTrack,
  sampleRate: number,
  take: (sound: Int16Array<ArrayBuffer>) => void,
): Capture {
  // Without an element that plays it Chromium gives no sound of a remote track at all.
  const element = document.createElement('audio')
  element.muted = true
  element.srcObject = new MediaStream([track])
  void element.play().catch(() => undefined)
  const processor = new MediaStreamTrackProcessor({ track, maxBufferSize: mostWaiting })
  const reader = processor.readable.getReader()
  const pieces = createPieces((sampleRate * pieceMs) / 1000, take)
  void (async () => {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      if (value.sampleRate === sampleRate) pieces(value)
      value.close()
    }
  })().catch(() => undefined)
  return {
    stop() {
      void reader.cancel().catch(() => undefined)
      element.srcObject = null
    },
  }
}

/** Makes pieces of one length of what comes in others. */
function createPieces(
  length: number,
  take: (sound: Int16Array<ArrayBuffer>) => void,
): (data: AudioData) => void {
  let piece = new Int16Array(length)
  let filled = 0
  return (data) => {
    const plane = new Float32Array(data.numberOfFrames)
    data.copyTo(plane, { planeIndex: 0, format: 'f32-planar' })
    for (const sample of plane) {
      piece[filled++] = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768)))
      if (filled < length) continue
      take(piece)
      piece = new Int16Array(length)
      filled = 0
    }
  }
}
