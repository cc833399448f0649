import { expect, test } from 'vitest'
import { nodeComplaint } from './node-version.ts'

test.each(['22.18.0', '22.21.1', '24.11.0', '24.21.0', '25.1.0', '26.0.0', '27.3.1'])(
  'Node %s will do',
  (version) => expect(nodeComplaint(version)).toBe(undefined),
)

test.each(['18.20.1', '20.20.2', '22.17.9', '23.11.0', '24.10.0'])(
  'Node %s is told to be too old',
  (version) =>
    expect(nodeComplaint(version)).toContain(
      `needs Node 22.18, 24.11 or 26, and this is ${version}`,
    ),
)
