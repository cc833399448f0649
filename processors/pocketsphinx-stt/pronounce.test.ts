import { describe, expect, it } from 'vitest'
import { pronounce } from './pronounce.ts'

const dictionary = ["'em AH M", 'a AH', 'a(2) EY', 'tea T IY', 'theatre TH IY AH T ER'].join('\n')

describe('pronunciations', () => {
  it('come from the dictionary, with all variants', () => {
    expect(pronounce(['tea', 'a'], dictionary)).toEqual([
      { word: 'tea', phones: 'T IY' },
      { word: 'a', phones: 'AH' },
      { word: 'a(2)', phones: 'EY' },
    ])
  })

  it('are given by hand for other words, and go before the dictionary', () => {
    const given = { Voxgraph: 'v aa1 k s  g r ae2 f', a: 'EY' }
    expect(pronounce(['voxgraph', 'a'], dictionary, given)).toEqual([
      { word: 'voxgraph', phones: 'V AA K S G R AE F' },
      { word: 'a', phones: 'EY' },
    ])
  })

  it('are missed all at once', () => {
    const given = { bad: 'B QQ', empty: '' }
    expect(() => pronounce(['tea', 'xyz', 'bad', 'thea', 'empty'], dictionary, given)).toThrow(
      expect.objectContaining({
        code: 'unknown-words',
        items: ['xyz', 'thea', 'bad', 'empty'],
        message: 'No pronunciation is known of: xyz, thea. Not made of phones of CMU: bad, empty.',
      }),
    )
  })
})
