import { expect, it } from 'vitest'
import type { SpokenPiece } from '../define/index.ts'
import { canPhrases, type CannedStore } from './canned.ts'

const phrases = { wait: 'Wait.', sorry: 'Sorry.', goodbye: 'Goodbye.' }

it('keeps nothing of a phrase in the middle of which the call ends', async () => {
  const store: CannedStore = new Map()
  const over = new AbortController()
  async function* cut(): AsyncGenerator<SpokenPiece> {
    yield { span: 0, samples: new Int16Array(10) }
    over.abort()
  }
  canPhrases({ phrases, store, voice: 'one', signal: over.signal, speak: cut })
  await expect(store.get('one Wait.')).rejects.toThrow('aborted')
  async function* whole(): AsyncGenerator<SpokenPiece> {
    yield { span: 0, samples: new Int16Array(500) }
  }
  const { signal } = new AbortController()
  const next = canPhrases({ phrases, store, voice: 'one', signal, speak: whole })
  await expect.poll(() => next.phrase('goodbye')?.samples.length).toBe(500)
  expect(next.phrase('wait')?.samples.length).toBe(500)
})
