import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSegmenter } from './spans.ts'
import { createVoiceText, type VoicePiece } from './voice-text.ts'

const segmenter = createSegmenter()

function piecesOf(chunks: readonly string[], early = false): VoicePiece[] {
  let ids = 0
  const voice = createVoiceText({ next: () => ++ids, segmenter, early })
  return [...chunks.flatMap((chunk) => voice.push(chunk)), ...voice.flush()]
}

/** What is spoken and kept of each span. */
function spansOf(pieces: readonly VoicePiece[]): { spoken: string; text: string }[] {
  const spans: { spoken: string; text: string }[] = []
  for (const { span, text, spoken } of pieces) {
    const { spoken: said, text: kept } = spans[span - 1] ?? { spoken: '', text: '' }
    spans[span - 1] = { spoken: said + spoken, text: kept + text }
  }
  return spans
}

const spoken = (text: string): string[] =>
  spansOf(piecesOf([text]))
    .map((span) => span.spoken)
    .filter((said) => said !== '')

describe('text for a voice', () => {
  it.each<[string, string[]]>([
    ['# Title\nText', ['Title', 'Text']],
    ['## Title ##\nC# and #5', ['Title', 'C# and #5']],
    ['#5 is alive', ['#5 is alive']],
    ['This is *very* **important**, ***truly***.', ['This is very important, truly.']],
    ['_One_ and __two__ and ~~three~~ and snake_case', ['One and two and three and snake_case']],
    ['2 * 3 * 4 = 24, 2*3*4, 2**3, ~5', ['2 * 3 * 4 = 24, 2*3*4, 2**3, ~5']],
    ['foo * not a bullet mid-line', ['foo * not a bullet mid-line']],
    ['un**believ**able', ['unbelievable']],
    ['**bold **text', ['bold text']],
    ['See [the docs](https://a.b/c_(d) "Docs") now', ['See the docs now']],
    ['See [**the** docs][1] now[^2]', ['See the docs now']],
    ['[laughs] no [sic](which is wrong)', ['[laughs] no [sic](which is wrong)']],
    ['![a cat](cat.png) and [![badge](b.svg)](x)', ['a cat and badge']],
    ['Call `foo_bar(*args)` now', ['Call foo_bar(*args) now']],
    ['- one\n* two\n+ three\n  - four', ['one', 'two', 'three', 'four']],
    ['- [x] done\n- [ ] open', ['done', 'open']],
    ['1. First\n2) Second', ['1. First', '2) Second']],
    ['> quoted\n> > twice\n>=5', ['quoted', 'twice', '>=5']],
    ['one\n\n---\n\ntwo\n***\nthree\n===', ['one', 'two', 'three']],
    ['| Name | Age |\n|---|:-:|\n| Ann | 5 |', ['Name, Age', 'Ann, 5']],
    ['a | b', ['a | b']],
    ['a < b and x <b> y </b><br/> z', ['a < b and x y z']],
    ['Mail <jane_doe@a.org> or john_doe@b.org', ['Mail jane_doe@a.org or john_doe@b.org']],
    ['Look at <https://a.org/b>!', ['Look at https://a.org/b!']],
    ['\\*not emphasis\\* and C:\\Users', ['*not emphasis* and C:\\Users']],
    ['Hi 👋🏽 there 👩‍👩‍👧‍👦 🇩🇪 ❤️ 3️⃣ done © 2024', ['Hi there 3 done © 2024']],
    ['*so 👍* 🇩🇪word .*', ['so word .*']],
    ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', []],
    ['Wait. **Stop!** Now.', ['Wait.', 'Stop!', 'Now.']],
    ['Code:\n```js\nlet a = 1. And b\n```\nDone.', ['Code:', 'Done.']],
    ['``` inline ``` code', ['inline code']],
    ['~~~\nnever closed', []],
    ['a lone * and a lone _ and `', ['a lone * and a lone _ and']],
  ])('is without Markdown and emoji: %j', (text, expected) => {
    expect(spoken(text)).toEqual(expected)
  })

  it('keeps what it does not speak, with the words it belongs to', () => {
    const kept = (text: string): string[] => spansOf(piecesOf([text])).map((span) => span.text)
    expect(kept('Wait. **Stop!** _Now._ 👋')).toEqual(['Wait. ', '**Stop!** ', '_Now._ 👋'])
    expect(kept('# A\n\n- b\n- c')).toEqual(['# A\n\n', '- b\n', '- c'])
    expect(kept('你好。**再见。**好')).toEqual(['你好。', '**再见。**', '好'])
  })

  it('does not speak code in a fence, and keeps it apart from words', () => {
    expect(piecesOf(['Here:\n```\nx = 1\n```\nSo.'])).toEqual([
      { span: 1, text: 'Here:\n', spoken: 'Here:', speak: true },
      { span: 1, text: '```\nx = 1\n```', spoken: '', speak: false },
      { span: 1, text: '\n', spoken: '', speak: false },
      { span: 2, text: 'So.', spoken: 'So.', speak: true },
    ])
  })

  it('gives words as they come, and holds back only what may be a mark', () => {
    let ids = 0
    const voice = createVoiceText({ next: () => ++ids, segmenter })
    const said = ['Hel', 'lo', ' wor', 'ld ', '**', 'now', '** [la', 'bel](ht', 'tp://a) so'].map(
      (chunk) =>
        voice
          .push(chunk)
          .map((piece) => piece.spoken)
          .join(''),
    )
    expect(said).toEqual(['Hel', 'lo', ' wor', 'ld', '', ' now', '', '', ' label so'])
  })

  it('speaks what is too long for a mark, and skips the target of a long link', () => {
    const open = `[${'a'.repeat(300)} `
    expect(spoken(open)).toEqual([open.trim()])
    expect(spoken(`Go [there](https://a.b/${'c'.repeat(900)}) now`)).toEqual(['Go there now'])
  })

  it('lets the first clause go early, once', () => {
    const text =
      'If you want to change the booking right now, I can help you with that, or somebody else can, at once.'
    expect(spansOf(piecesOf([text], true)).map((span) => span.spoken)).toEqual([
      'If you want to change the booking right now,',
      'I can help you with that, or somebody else can, at once.',
    ])
    expect(spansOf(piecesOf([text])).length).toBe(1)
  })

  const part = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(...'*_`~[]()!<>#|-+\\\n. "1a:=', '你。', '👩‍👧', '🇩🇪', '️'),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('word ', '**', '```', '](', 'http://a', 'Mr. ', '? ', ', '),
    },
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  const markdown = fc.array(part, { maxLength: 120 }).map((parts) => parts.join(''))

  it('is the same in whatever chunks the text comes, and nothing is lost', () => {
    fc.assert(
      fc.property(markdown, fc.array(fc.nat(30)), fc.boolean(), (text, cuts, early) => {
        const chunks: string[] = []
        let at = 0
        for (const cut of cuts) chunks.push(text.slice(at, (at += cut)))
        const whole = piecesOf([text], early)
        expect(whole.map((piece) => piece.text).join('')).toBe(text)
        const spans = spansOf(whole)
        expect(spansOf(piecesOf([...chunks, text.slice(at)], early))).toEqual(spans)
        expect(spansOf(piecesOf(text.split(''), early))).toEqual(spans)
      }),
      { numRuns: 600 },
    )
  })

  it('takes time in proportion to the text', () => {
    for (const nasty of [
      '[',
      '![',
      '`',
      '*a',
      '_',
      '<',
      '| ',
      '> ',
      '**a ',
      '(',
      '[a](',
      '\\',
      '👩‍',
    ]) {
      const pieces = piecesOf(nasty.repeat(20_000).match(/[^]{1,50}/g) ?? [])
      expect(pieces.length).toBeGreaterThan(0)
    }
  })
})
