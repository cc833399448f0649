/** Kinds of noise that a test can make. */
export type NoiseKind = 'white' | 'pink' | 'babble'

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** White noise, near to normal; level 1 or so. */
export function white(length: number, seed: number): Float64Array {
  const next = random(seed)
  return Float64Array.from({ length }, () => next() + next() + next() + next() - 2)
}

/** Noise that falls by 3 dB an octave: rooms, fans, lines (Paul Kellet's three poles). */
export function pink(length: number, seed: number): Float64Array {
  let [low, middle, high] = [0, 0, 0]
  return white(length, seed).map((value) => {
    low = 0.997_65 * low + value * 0.099_046
    middle = 0.963 * middle + value * 0.296_516_4
    high = 0.57 * high + value * 1.052_691_3
    return low + middle + high + value * 0.1848
  })
}

/** Eight people who talk at once: the same speech, each from another place and at another pace. */
export function babble(length: number, seed: number, speech: Int16Array): Float64Array {
  const next = random(seed)
  const sum = new Float64Array(length)
  for (let person = 0; person < 8; person++) {
    const from = next() * speech.length
    const pace = 0.85 + 0.35 * next()
    for (let i = 0; i < length; i++) {
      const at = Math.floor(from + i * pace) % speech.length
      sum[i] = (sum[i] ?? 0) + (speech[at] ?? 0)
    }
  }
  return sum
}

/** Root mean square of what lies between some marks, or of all. */
export function rms(samples: ArrayLike<number>, ranges?: readonly (readonly number[])[]): number {
  let power = 0
  let count = 0
  for (const [from = 0, till = 0] of ranges ?? [[0, samples.length]]) {
    for (let i = from; i < till; i++) power += (samples[i] ?? 0) ** 2
    count += till - from
  }
  return Math.sqrt(power / count)
}

/** Sound with noise over it, `gain` times as loud as it is. */
export const mixed = (sound: Int16Array, noise: Float64Array, gain: number): Int16Array =>
  sound.map((sample, i) =>
    Math.max(-32_768, Math.min(32_767, Math.round(sample + gain * (noise[i] ?? 0)))),
  )
