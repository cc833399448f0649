import { fadeMs } from './fade.ts'

/** Frequencies of the two tones of each key, in Hz: ITU-T Q.23, rows first. */
const rows = [697, 770, 852, 941] as const
const columns = [1209, 1336, 1477, 1633] as const
const keys = ['123A', '456B', '789C', '*0#D'] as const
/** Peak of each tone, of a full scale of 1: about −13 dBm0 each, as telephones send them. */
const level = 0.16
/** Length of a tone and of the silence behind it, in ms; ITU-T Q.24 wants 40 ms of each at least. */
const toneMs = 100
const gapMs = 100

/**
 * Sound of a telephone key, linear 16-bit, mono: 100 ms of its two tones, 100 ms of silence. Nothing for what
 * is no key.
 *
 * @param sampleRate in Hz
 */
export function keyTones(digit: string, sampleRate: number): Int16Array {
  const row = digit.length === 1 ? keys.findIndex((one) => one.includes(digit)) : -1
  const low = rows[row]
  const high = columns[keys[row]?.indexOf(digit) ?? -1]
  if (low === undefined || high === undefined) return new Int16Array()
  const length = Math.round((toneMs * sampleRate) / 1000)
  const samples = new Int16Array(length + Math.round((gapMs * sampleRate) / 1000))
  const fade = (fadeMs * sampleRate) / 1000
  for (let index = 0; index < length; index++) {
    const gain = level * Math.min(1, index / fade, (length - index) / fade)
    const phase = (2 * Math.PI * index) / sampleRate
    samples[index] = Math.round(gain * 32_767 * (Math.sin(phase * low) + Math.sin(phase * high)))
  }
  return samples
}
