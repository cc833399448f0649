import { byId } from './dom.ts'

/**
 * The token behind `#token=` of the address, which is wiped there. Never from behind `?`: that would be in the
 * logs of every server on the way.
 */
export function tokenOfAddress(): string {
  const given = new URLSearchParams(window.location.hash.slice(1)).get('token') ?? ''
  if (given !== '') window.history.replaceState(null, '', window.location.pathname)
  return given
}

/** Asks for a token in a dialogue. Resolves with undefined when there will be none. */
export function createTokenDialog(): (isWrong: boolean) => Promise<string | undefined> {
  const dialog = byId('token', HTMLDialogElement)
  const value = byId('token-value', HTMLInputElement)
  const title = byId('token-title', HTMLElement)
  byId('token-cancel', HTMLButtonElement).addEventListener('click', () => dialog.close())
  return (isWrong) =>
    new Promise((resolve) => {
      title.textContent = isWrong ? 'This token was refused' : 'This agent asks for a token'
      const form = byId('token-form', HTMLFormElement)
      let token: string | undefined
      const taken = (): void => {
        token = value.value
      }
      form.addEventListener('submit', taken, { once: true })
      const closed = (): void => {
        form.removeEventListener('submit', taken)
        value.value = ''
        resolve(token)
      }
      dialog.addEventListener('close', closed, { once: true })
      dialog.showModal()
    })
}
