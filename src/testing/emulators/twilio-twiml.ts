/** An element of TwiML. */
export interface Verb {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly Verb[]
  /** What stands in it, without its elements. */
  readonly text: string
}

interface OpenVerb {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Verb[]
  text: string
}

const tag = /<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[A-Za-z]+="[^"<]*")*)\s*(\/?)>|([^<]+)/y
const attribute = /([A-Za-z]+)="([^"]*)"/g

/** Attributes and elements that the emulator knows, by verb. */
const known: Readonly<Record<string, { attributes: readonly string[]; holds: readonly string[] }>> =
  {
    Response: {
      attributes: [],
      holds: ['Connect', 'Reject', 'Say', 'Hangup', 'Redirect', 'Dial', 'Enqueue', 'Gather'],
    },
    Connect: { attributes: ['action', 'method'], holds: ['Stream'] },
    Stream: {
      attributes: ['url', 'name', 'statusCallback', 'statusCallbackMethod'],
      holds: ['Parameter'],
    },
    Parameter: { attributes: ['name', 'value'], holds: [] },
    Reject: { attributes: ['reason'], holds: [] },
    Say: { attributes: ['voice', 'language', 'loop'], holds: [] },
    Hangup: { attributes: [], holds: [] },
    Redirect: { attributes: ['method'], holds: [] },
    Dial: { attributes: ['callerId', 'timeout', 'action'], holds: ['Conference', 'Sip'] },
    Sip: { attributes: [], holds: [] },
    Conference: {
      attributes: ['startConferenceOnEnter', 'endConferenceOnExit', 'beep'],
      holds: [],
    },
    Enqueue: { attributes: ['action', 'waitUrl'], holds: [] },
    Gather: { attributes: ['numDigits', 'timeout', 'action', 'method'], holds: ['Say'] },
  }

/**
 * Reads TwiML: the elements of `<Response>`.
 * @throws Error when it is no XML of ours, or has what Twilio (as far as it is emulated) does not know
 */
export function readTwiml(text: string): readonly Verb[] {
  const root: OpenVerb = { name: '', attributes: {}, children: [], text: '' }
  const open = [root]
  const source = text.replace(/^\s*<\?xml[^>]*\?>/, '').trim()
  tag.lastIndex = 0
  while (tag.lastIndex < source.length) {
    const at = tag.lastIndex
    const match = tag.exec(source)
    const inner = open.at(-1)
    if (match === null || inner === undefined) throw new Error(`no XML at ${at}: ${source}`)
    const [, closing, name, attributes = '', empty, words] = match
    if (words !== undefined) inner.text += unescape(words)
    else if (name !== undefined && closing === '/') {
      if (inner.name !== name) throw new Error(`</${name}> closes <${inner.name}>`)
      open.pop()
    } else if (name !== undefined) {
      const verb: OpenVerb = { name, attributes: attributesOf(attributes), children: [], text: '' }
      inner.children.push(verb)
      if (empty !== '/') open.push(verb)
    }
  }
  const [response, ...others] = root.children
  if (open.length > 1 || response?.name !== 'Response' || others.length > 0) {
    throw new Error(`no <Response>: ${source}`)
  }
  check(response)
  return response.children
}

function check({ name, attributes, children }: Verb): void {
  const rules = known[name]
  if (rules === undefined) throw new Error(`there is no <${name}>`)
  for (const one of Object.keys(attributes)) {
    if (!rules.attributes.includes(one)) throw new Error(`<${name}> has no ${one}`)
  }
  for (const child of children) {
    if (!rules.holds.includes(child.name)) throw new Error(`<${child.name}> in <${name}>`)
    check(child)
  }
}

const attributesOf = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...text.matchAll(attribute)].map(([, name = '', value = '']) => [name, unescape(value)]),
  )

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

const unescape = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|([a-z]+));/gi, (all, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal))
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(String(hex), 16))
    return entities[String(name)] ?? String(all)
  })
