/** Most that is kept of what a server writes before it is up, in characters. */
const mostKept = 8000

/** What a server writes beside the protocol while it starts: when it does not come up, it says there why. */
export class LastWords {
  #text = ''

  add(text: string): void {
    if (this.#text.length < mostKept) this.#text += text.slice(0, mostKept)
  }

  /** The line that names an error, else the last one; empty when nothing was written. */
  get line(): string {
    const lines = this.#text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
    // The lines around an error are where it happened, and who noticed.
    return (
      lines.find((line) => /\berror\b|\w+Error:|not found|cannot /i.test(line)) ??
      lines.at(-1) ??
      ''
    )
  }
}
