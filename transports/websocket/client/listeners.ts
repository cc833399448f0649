import type { ClientEvent, ClientEventName, Listener } from './types.ts'

/** Who listens to a client. */
export class Listeners {
  readonly #byName = new Map<ClientEventName, Set<(event: never) => void>>()

  on<Name extends ClientEventName>(name: Name, listener: Listener<Name>): () => void {
    const all = this.#byName.get(name) ?? new Set()
    this.#byName.set(name, all.add(listener))
    return () => void all.delete(listener)
  }

  /** Tells all of them. What one throws is reported as the page's own error, and the others are told. */
  tell<Name extends ClientEventName>(name: Name, event: ClientEvent<Name>): void {
    for (const listener of this.#byName.get(name) ?? []) {
      try {
        ;(listener as Listener<Name>)(event)
      } catch (thrown) {
        globalThis.reportError(thrown)
      }
    }
  }
}
