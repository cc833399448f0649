import type { Emulator, Received } from '../testing/emulators/emulator.ts'
import { exitCodes, type Terminal } from './command.ts'
import { paintFor } from './paint.ts'

/** Says before the call that nothing of it reaches a vendor. */
export function announceEmulators(
  emulators: readonly Emulator[],
  terminal: Terminal,
  json = false,
): void {
  if (json)
    return writeJson(terminal, { type: 'emulated', vendors: emulators.map(({ vendor }) => vendor) })
  const paint = paintFor(terminal.out)
  const names = emulators.map(({ vendor }) => vendor).join(', ')
  const line =
    names === ''
      ? 'emulated: this graph works with no vendor'
      : `emulated: ${names}. No vendor is asked, no key is needed`
  terminal.out.write(`${paint('yellow', line)}\n`)
}

/**
 * Prints what reached each emulator, and what its vendor would not have accepted.
 * @returns the exit code: failed where there is any of that
 */
export function reportEmulators(
  emulators: readonly Emulator[],
  terminal: Terminal,
  json = false,
): number {
  const violations = emulators.flatMap((one) => one.violations)
  const code = violations.length === 0 ? exitCodes.ok : exitCodes.failed
  if (json) {
    for (const { vendor, received, sentBytes, violations: own } of emulators) {
      writeJson(terminal, {
        type: 'vendor',
        vendor,
        received: received.length,
        sentBytes,
        violations: own,
      })
    }
    return code
  }
  if (emulators.length === 0) return code
  const paint = paintFor(terminal.out)
  const head = ['requests', 'sockets', 'messages', 'sent', 'violations']
  const rows = emulators.map(({ vendor, received, sentBytes, violations }) => {
    const count = (kind: Received['kind']): string =>
      String(received.filter((one) => one.kind === kind).length)
    const cells = [count('request'), count('socket'), count('message'), bytes(sentBytes)]
    return row(vendor, [...cells, String(violations.length)])
  })
  terminal.out.write(`\n${paint('dim', row('emulated', head))}\n${rows.join('\n')}\n`)
  for (const violation of violations) {
    terminal.err.write(`${paint('red', 'violation')} ${violation}\n`)
  }
  return code
}

const writeJson = ({ out }: Terminal, value: object): void =>
  void out.write(`${JSON.stringify(value)}\n`)

const row = (name: string, cells: readonly string[]): string =>
  `  ${name.padEnd(26)}${cells.map((cell) => cell.padStart(11)).join('')}`

const bytes = (count: number): string =>
  count < 10_000 ? `${count} B` : `${Math.round(count / 1000)} kB`
