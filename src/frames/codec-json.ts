/** How far JSON of a payload may go. */
export interface JsonLimits {
  /** Objects and lists inside each other. */
  readonly maxDepth: number
  /** UTF-16 units of one string or key. */
  readonly maxString: number
}

/**
 * Why `value` is not JSON that may travel, or undefined when it is: only plain objects, lists, strings,
 * finite numbers, booleans and null, within the limits, and no key `__proto__`. A field of an object may
 * be undefined; it is left out when written.
 */
export function jsonFault(value: unknown, limits: JsonLimits, depth = 0): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.length > limits.maxString ? `a string of ${value.length} characters` : undefined
    case 'number':
      return Number.isFinite(value) ? undefined : 'a number that is not finite'
    case 'boolean':
      return undefined
    case 'object':
      break
    default:
      return `a value of type ${typeof value}`
  }
  if (value === null) return undefined
  if (depth >= limits.maxDepth) return `nested deeper than ${limits.maxDepth}`
  if (Array.isArray(value)) {
    for (const item of value) {
      const fault = jsonFault(item, limits, depth + 1)
      if (fault !== undefined) return fault
    }
    return undefined
  }
  return objectFault(value, limits, depth)
}

function objectFault(value: object, limits: JsonLimits, depth: number): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return 'an object that is not plain'
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') return 'a key named __proto__'
    if (key.length > limits.maxString) return `a key of ${key.length} characters`
    if (item === undefined) continue
    const fault = jsonFault(item, limits, depth + 1)
    if (fault !== undefined) return fault
  }
  return undefined
}
