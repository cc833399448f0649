import { byId } from './dom.ts'

/** What keys do. */
export interface KeyBindings {
  call(): void
  mute(): void
}

const views = ['conversation', 'graph', 'latency'] as const

/** Shows one view on a narrow screen; on a wide one all are there, and it gets the focus. */
function show(view: string): void {
  byId('view', HTMLElement).dataset['view'] = view
  for (const button of document.querySelectorAll<HTMLElement>('.views [data-view]')) {
    if (button.dataset['view'] === view) button.setAttribute('aria-current', 'true')
    else button.removeAttribute('aria-current')
  }
}

/**
 * Lets the buttons above the views choose one.
 * @param shown told of each view that is chosen
 */
export function bindViews(shown: () => void): void {
  for (const button of document.querySelectorAll<HTMLElement>('.views [data-view]')) {
    button.addEventListener('click', () => {
      show(button.dataset['view'] ?? '')
      shown()
    })
  }
}

/** Lets single keys do something, unless somebody writes or has turned that off. */
export function bindKeys(bindings: KeyBindings): void {
  const help = byId('help', HTMLDialogElement)
  const words = byId('words', HTMLInputElement)
  const isOn = byId('shortcuts-on', HTMLInputElement)
  byId('help-button', HTMLButtonElement).addEventListener('click', () => help.showModal())
  const focusView = (view: string): void => {
    show(view)
    document.querySelector<HTMLElement>(`#${view} [tabindex="0"]:not([hidden])`)?.focus()
  }
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && document.activeElement === words) words.blur()
    const isWriting = event.target instanceof HTMLInputElement && event.target.type !== 'checkbox'
    if (isWriting || event.ctrlKey || event.metaKey || event.altKey || !isOn.checked) return
    if (document.querySelector('dialog[open]') !== null) return
    const actions: Readonly<Record<string, () => void>> = {
      '?': () => help.showModal(),
      c: bindings.call,
      m: bindings.mute,
      t: () => {
        show('conversation')
        words.focus()
      },
      ...Object.fromEntries(views.map((view, index) => [String(index + 1), () => focusView(view)])),
    }
    const action = actions[event.key]
    if (action === undefined) return
    event.preventDefault()
    action()
  })
}
