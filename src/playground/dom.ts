/** What an element is made with. */
export interface ElementInit {
  readonly class?: string
  readonly text?: string
  readonly attributes?: Readonly<Record<string, string>>
}

/** Makes an element of the page. Texts are set as texts: nothing that was said becomes markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  init: ElementInit = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  if (init.class !== undefined) made.className = init.class
  if (init.text !== undefined) made.textContent = init.text
  for (const [name, value] of Object.entries(init.attributes ?? {})) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** A text that only a screen reader tells. */
export const unseen = (text: string): HTMLElement => element('span', { class: 'unseen', text })

/**
 * The element of the page with this id.
 * @throws Error when the page has none of this kind
 */
export function byId<Kind extends HTMLElement>(id: string, kind: new () => Kind): Kind {
  const found = document.querySelector(`#${id}`)
  if (!(found instanceof kind)) throw new Error(`The page has no #${id}.`)
  return found
}
