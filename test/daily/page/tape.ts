/** Quieter than this is a pause: what Opus leaves of silence. */
const quiet = 0.002

/** Sound that was heard, for whoever fetches it. */
export interface Tape {
  /** Pauses are left out. */
  add(plane: Float32Array): void
  /** What was added since it was asked last: samples of 16 bits, in base64. */
  take(): string
}

export function createTape(): Tape {
  let planes: Float32Array[] = []
  return {
    add(plane) {
      if (plane.some((sample) => Math.abs(sample) > quiet)) planes.push(plane)
    },
    take() {
      const samples = planes.flatMap((plane) =>
        Array.from(plane, (sample) => Math.max(-32_768, Math.min(32_767, sample * 32_768))),
      )
      planes = []
      const bytes = new Uint8Array(Int16Array.from(samples).buffer)
      let text = ''
      for (const byte of bytes) text += String.fromCharCode(byte)
      return btoa(text)
    },
  }
}

/** Samples of 16 bits in base64, as a browser plays them. */
export function decode(text: string): Float32Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
  return Float32Array.from(new Int16Array(bytes.buffer), (sample) => sample / 32_768)
}
