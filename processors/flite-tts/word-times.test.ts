import { describe, expect, it } from 'vitest'
import { alignWords, readPhoneNames, readPhones } from './word-times.ts'

describe('the times of words', () => {
  it('reads what flite prints', () => {
    expect(readPhones('pau:0.200 hh:0.250 ay:0.400 \n')).toEqual([
      { name: 'pau', startMs: 0, endMs: 200 },
      { name: 'hh', startMs: 200, endMs: 250 },
      { name: 'ay', startMs: 250, endMs: 400 },
    ])
    expect(readPhoneNames('pau hh ay pau ')).toEqual(['hh', 'ay'])
  })

  const phones = readPhones('pau:0.1 dh:0.2 iy:0.3 pau:0.4 ae:0.5 p:0.6 ax:0.7 l:0.8 z:0.9 pau:1')

  it('gives each word its phones, pauses to none', () => {
    expect(
      alignWords(phones, [
        ['dh', 'iy'],
        ['ae', 'p', 'ax', 'l', 'z'],
      ]),
    ).toEqual([
      { startMs: 100, endMs: 300 },
      { startMs: 400, endMs: 900 },
    ])
  })

  it('holds where a sentence says a word in another way than it is said alone', () => {
    expect(
      alignWords(phones, [
        ['dh', 'ax'],
        ['ae', 'p', 'l', 's'],
      ]),
    ).toEqual([
      { startMs: 100, endMs: 300 },
      { startMs: 400, endMs: 900 },
    ])
  })

  it('puts a word without sound where the word before it ended', () => {
    expect(alignWords(phones, [[], ['dh', 'iy'], [], ['ae', 'p', 'ax', 'l', 'z']])).toEqual([
      { startMs: 100, endMs: 100 },
      { startMs: 100, endMs: 300 },
      { startMs: 300, endMs: 300 },
      { startMs: 400, endMs: 900 },
    ])
  })

  it('has times for all words when nothing was spoken', () => {
    expect(alignWords([], [['a'], []])).toEqual([
      { startMs: 0, endMs: 0 },
      { startMs: 0, endMs: 0 },
    ])
  })
})
