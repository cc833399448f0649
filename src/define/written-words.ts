/** A piece of text as a vendor says where it sounds: a word, a part of one, a character. */
export interface TimedText {
  readonly text: string
  /** Ms from the beginning of the utterance's sound. */
  readonly startMs: number
  readonly endMs: number
}

/** A word as it stands between the spaces of a span's text. */
export interface WrittenWord {
  readonly span: number
  text: string
  /** Letters and digits of it that have not sounded yet. */
  rest: string
  /** Nothing more of it is written. */
  isWhole: boolean
  /** Where it sounds, in ms of the utterance; undefined until that is known. */
  startMs: number | undefined
  endMs: number
}

/** How many words ahead a vendor's word is looked for when it is not the one that comes next. */
const lookAhead = 8
/** Letters from which the beginning of a word is enough to find it ahead. */
const enough = 3

/** What is compared: letters and digits, in small letters. */
const bare = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]/gu, '')

/**
 * The words of an utterance, as written, and where they sound, as the vendor says. The vendor's words need
 * not be the written ones: they may come in parts, without punctuation, or spelt out ("$5" as "five
 * dollars"). A vendor's word that fits nothing counts as part of the word that is due; a written word that
 * is passed over lies between its neighbours.
 */
export class WrittenWords {
  readonly words: WrittenWord[] = []
  /** The first word that has not sounded to its end, as far as we are told. */
  due = 0
  #lastStartMs = -Infinity

  /** Takes the next piece of the text of a span. */
  write(span: number, text: string): void {
    // The group keeps white space as parts of its own.
    for (const part of text.split(/(\s+)/)) {
      if (part === '') continue
      const last = this.words.at(-1)
      if (/^\s/.test(part)) this.endWord()
      else if (last !== undefined && last.span === span && !last.isWhole) {
        last.text += part
        last.rest += bare(part)
        this.due = Math.min(this.due, this.words.length - 1)
      } else {
        this.endWord()
        const rest = bare(part)
        this.words.push({ span, text: part, rest, isWhole: false, startMs: undefined, endMs: 0 })
      }
    }
  }

  /** The word that was written last is whole. */
  endWord(): void {
    const last = this.words.at(-1)
    if (last !== undefined) last.isWhole = true
  }

  /** Takes what the vendor says next. What goes back in time is left out: it came twice. */
  place({ text, startMs, endMs }: TimedText): void {
    if (!Number.isFinite(startMs) || !Number.isFinite(endMs) || startMs <= this.#lastStartMs) return
    this.#lastStartMs = startMs
    const at = { startMs: Math.max(0, startMs), endMs: Math.max(startMs, endMs) }
    const letters = bare(text)
    if (letters === '') return this.#placeSign(text, at)
    const found = this.#find(letters)
    const word = this.words[found ?? this.#next()]
    if (word === undefined) return
    if (found === undefined) return hear(word, at)
    this.#pass(found, at.startMs)
    this.#consume(found, letters, at)
  }

  /** True when a word sounds as far as it will, and nothing is added to it. */
  isSettled(index: number): boolean {
    const word = this.words[index]
    if (word === undefined || index >= this.due || word.startMs === undefined) return false
    return word.isWhole || index + 1 < this.words.length
  }

  /** Words with letters behind the last one that has a time; 0 where none has. */
  get untimedAtEnd(): number {
    const last = this.words.findLastIndex(({ startMs }) => startMs !== undefined)
    if (last < 0) return 0
    return this.words.slice(last + 1).filter(({ rest }) => rest !== '').length
  }

  /** Gives words of `from` to `until` that have no time the room between their neighbours, in equal parts. */
  spread(from: number, until: number, startMs: number, endMs: number): void {
    const words = this.words.slice(from, until).filter((word) => word.startMs === undefined)
    const loud = words.filter(({ rest }) => rest !== '').length
    const each = loud === 0 ? 0 : Math.max(0, endMs - startMs) / loud
    let at = startMs
    for (const word of words) {
      word.startMs = at
      // A sign makes no sound.
      if (word.rest !== '') at += each
      word.endMs = at
    }
  }

  /** Where the word before this one ends. */
  endBefore(index: number): number {
    return this.words[index - 1]?.endMs ?? 0
  }

  #placeSign(text: string, at: Omit<TimedText, 'text'>): void {
    for (let index = this.due; this.words[index]?.rest === ''; index++) {
      const word = this.words[index]
      if (word?.text !== text) continue
      this.#pass(index, at.startMs)
      hear(word, at)
      this.due = index + 1
      return
    }
  }

  /** The first word that is due and has letters. */
  #next(): number {
    let index = this.due
    while (this.words[index]?.rest === '') index++
    return index
  }

  #find(letters: string): number | undefined {
    const next = this.#next()
    const rest = this.words[next]?.rest ?? ''
    if (rest !== '' && (rest.startsWith(letters) || letters.startsWith(rest))) return next
    for (let index = next + 1; index <= next + lookAhead; index++) {
      const ahead = this.words[index]?.rest
      if (ahead === letters) return index
      if (letters.length >= enough && ahead?.startsWith(letters) === true) return index
    }
    return undefined
  }

  /** Words before this one have sounded, whether we were told of them or not. */
  #pass(index: number, startMs: number): void {
    if (index <= this.due) return
    let from = this.due
    // Only what lies together shares its room.
    while (from < index && this.words[from]?.startMs !== undefined) from++
    this.spread(from, index, Math.min(startMs, this.endBefore(from)), startMs)
    this.due = index
  }

  /** Letters that are more than one word go on with the next ones. */
  #consume(found: number, letters: string, at: Omit<TimedText, 'text'>): void {
    let left = letters
    for (let index = found; left !== ''; index++) {
      const word = this.words[index]
      if (word === undefined) return
      const taken = left.startsWith(word.rest) ? word.rest.length : left.length
      if (!word.rest.startsWith(left.slice(0, taken))) return
      // A sign between them makes no sound.
      hear(word, word.rest === '' ? { startMs: at.startMs, endMs: at.startMs } : at)
      word.rest = word.rest.slice(taken)
      left = left.slice(taken)
      if (word.rest === '') this.due = index + 1
    }
  }
}

function hear(word: WrittenWord, { startMs, endMs }: Omit<TimedText, 'text'>): void {
  word.startMs ??= startMs
  word.endMs = Math.max(word.endMs, endMs)
}
