const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of `250ms`, `2s`, `1.5m` or `1h`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text.trim())
  const unit = unitMs[match?.[2] ?? '']
  return unit === undefined ? undefined : Number(match?.[1]) * unit
}

/** A length of time as it is written in a file: `250ms`, `2s`, `10m`. */
export function writeDuration(ms: number): string {
  const unit = ['h', 'm', 's'].find((one) => ms > 0 && ms % (unitMs[one] ?? 1) === 0) ?? 'ms'
  return `${ms / (unitMs[unit] ?? 1)}${unit}`
}
