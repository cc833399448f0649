/**
 * A first-in first-out queue that grows by doubling and never shifts: push and take touch one slot.
 * Bounds are the owner's business.
 */
export class Queue<T> {
  #slots: (T | undefined)[] = Array.from({ length: 16 })
  #mask = 15
  #head = 0
  #size = 0

  /** Entries waiting. */
  get size(): number {
    return this.#size
  }

  push(entry: T): void {
    if (this.#size === this.#slots.length) this.#grow()
    this.#slots[(this.#head + this.#size) & this.#mask] = entry
    this.#size++
  }

  /** Takes the oldest entry; undefined when there is none. */
  take(): T | undefined {
    if (this.#size === 0) return undefined
    const entry = this.#slots[this.#head]
    this.#slots[this.#head] = undefined
    this.#head = (this.#head + 1) & this.#mask
    this.#size--
    return entry
  }

  #grow(): void {
    const { length } = this.#slots
    const slots: (T | undefined)[] = Array.from({ length: length * 2 })
    for (let i = 0; i < length; i++) slots[i] = this.#slots[(this.#head + i) & this.#mask]
    this.#slots = slots
    this.#mask = slots.length - 1
    this.#head = 0
  }
}
