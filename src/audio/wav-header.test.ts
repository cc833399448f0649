import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeWav } from './wav.ts'
import { encodeWav } from './wav-header.ts'

test('what is encoded is read again, to the sample', () =>
  fc.assert(
    fc.property(
      fc.int16Array({ maxLength: 500 }),
      fc.constantFrom(8000, 16_000, 24_000, 48_000),
      (samples, sampleRate) => {
        const sound = decodeWav(encodeWav(samples, sampleRate))
        expect(sound).toEqual({ sampleRate, channels: 1, samples })
      },
    ),
  ))
