/**
 * What networks send in the place of a number that is withheld, in small letters: the words of SIP
 * (RFC 3323) and SS7 gateways, and the digits that Twilio spells them with.
 */
const withheld: readonly string[] = [
  'anonymous',
  'blocked',
  'no-caller-id',
  'not available',
  'private',
  'restricted',
  'unavailable',
  'unknown',
  'withheld',
  '+266696687',
  '+2562533',
  '+7378742833',
  '+86282452253',
  '+8656696',
]

/**
 * The id by which a caller is remembered, from the value of a variable; undefined for one who cannot be
 * told from others. All callers without a number would share one memory, so none of them has one.
 */
export function callerIdOf(value: unknown): string | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const id = String(value).trim()
  const word = id.toLowerCase()
  const isWithheld = withheld.includes(word) || /^(sips?:)?anonymous@/.test(word)
  return id === '' || isWithheld ? undefined : id
}
