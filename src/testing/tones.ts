/** Windows in which a tone is looked for, in ms: ten periods of the lowest that is used. */
const windowMs = 20
/** Loudest sample of a tone. */
const level = 12_000
/** A tone is there when it has so much of the energy of a window. */
const share = 0.5
/** Quieter than this is no sound, as a mean square: what codecs leave of silence. */
const leastPower = 250_000

/** A tone of so many Hz and ms. */
export function tone(hz: number, ms: number, sampleRate: number): Int16Array {
  const step = (2 * Math.PI * hz) / sampleRate
  const length = Math.round((ms * sampleRate) / 1000)
  return Int16Array.from({ length }, (_, index) => Math.round(level * Math.sin(step * index)))
}

/** For how long a tone is heard, in ms, whatever a codec on the way has made of it. */
export function toneMs(samples: Int16Array, hz: number, sampleRate: number): number {
  const size = Math.round((windowMs * sampleRate) / 1000)
  let found = 0
  for (let at = 0; at < samples.length; at += size) {
    const window = samples.subarray(at, at + size)
    // Too short to tell tones from each other.
    if (window.length < size / 2) break
    const power = window.reduce((sum, sample) => sum + sample * sample, 0) / window.length
    const isThere = power > leastPower && powerAt(window, hz, sampleRate) > share * power
    if (isThere) found += (window.length * 1000) / sampleRate
  }
  return found
}

/** Mean square of one frequency in a window, by the algorithm of Goertzel. */
function powerAt(window: Int16Array, hz: number, sampleRate: number): number {
  const twice = 2 * Math.cos((2 * Math.PI * hz) / sampleRate)
  let [one, two] = [0, 0]
  for (const sample of window) [one, two] = [sample + twice * one - two, one]
  return (2 * (one * one + two * two - twice * one * two)) / window.length ** 2
}
