import type { Emulator, Received } from '../testing/emulators/emulator.ts'
import type { Terminal } from './command.ts'
import type { EmulatedProgram } from './emulate.ts'
import { paintFor } from './paint.ts'

/** Says before the call that nothing of it reaches a vendor. */
export function announceEmulators(
  { emulators, untold }: Pick<EmulatedProgram, 'emulators' | 'untold'>,
  { out }: Terminal,
  json = false,
): void {
  const vendors = emulators.map(({ vendor }) => vendor)
  if (json) return void out.write(`${JSON.stringify({ type: 'emulated', vendors })}\n`)
  const line =
    vendors.length === 0
      ? 'emulated: nothing, for this graph works with no vendor'
      : `emulated: ${vendors.join(', ')}. No vendor is asked, no key is needed`
  out.write(`${paintFor(out)('yellow', line)}\n`)
  if (untold === undefined || vendors.length === 0) return
  const hint = `they hear "something" and say it back; ${untold} can say what else (docs/emulation.md)`
  out.write(`${paintFor(out)('dim', hint)}\n`)
}

/**
 * Prints what reached each emulator.
 * @returns what their vendors would not have accepted
 */
export function reportEmulators(
  emulators: readonly Emulator[],
  { out }: Terminal,
  json = false,
): readonly string[] {
  const paint = paintFor(out)
  if (!json && emulators.length > 0) {
    const head = ['requests', 'sockets', 'messages', 'sent', 'violations']
    out.write(`\n${paint('dim', row('emulated', head))}\n`)
  }
  for (const { vendor, received, sentBytes, violations } of emulators) {
    const count = (kind: Received['kind']): number =>
      received.filter((one) => one.kind === kind).length
    const [requests, sockets, messages] = [count('request'), count('socket'), count('message')]
    if (json) {
      const told = { type: 'vendor', vendor, requests, sockets, messages, sentBytes, violations }
      out.write(`${JSON.stringify(told)}\n`)
    } else {
      const cells = [requests, sockets, messages, bytes(sentBytes), violations.length]
      out.write(`${row(vendor, cells.map(String))}\n`)
    }
  }
  return emulators.flatMap((one) => one.violations)
}

const row = (name: string, cells: readonly string[]): string =>
  `  ${name.padEnd(26)}${cells.map((cell) => cell.padStart(11)).join('')}`

const bytes = (count: number): string =>
  count < 10_000 ? `${count} B` : `${Math.round(count / 1000)} kB`
