import { describe, expect, it } from 'vitest'
import { wordsOf } from './words.ts'

const spoken = (text: string): string[] => wordsOf(text).map((word) => word.spoken)

describe('the words of a text', () => {
  it('keeps every word as written', () => {
    expect(wordsOf('  Hello,\n“there” — ok? ').map((word) => word.text)).toEqual([
      'Hello,',
      '“there”',
      '—',
      'ok?',
    ])
  })

  it('writes in ASCII what flite cannot read', () => {
    expect(spoken('Café “naïve” it’s well–known…')).toEqual([
      'Cafe',
      '"naive"',
      "it's",
      'well, known...',
    ])
  })

  it('names signs that flite would leave out', () => {
    expect(spoken('Tom & Ann a@b.com 20°')).toEqual([
      'Tom',
      'and',
      'Ann',
      'a at b.com',
      '20 degrees',
    ])
  })

  it('has nothing to say for what has no letter and no digit', () => {
    expect(spoken('… — 😀 !? 日本')).toEqual(['', '', '', '', ''])
    expect(wordsOf('')).toEqual([])
  })
})
