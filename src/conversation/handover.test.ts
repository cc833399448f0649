import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { briefly, floorAfter, floorEvents, floorIn, floors } from './handover-rig.ts'
import { floorStep } from './handover.ts'

/** What happens in every situation: read it when it changes. */
const table = new URL('../../test/fixtures/floor.txt', import.meta.url)

describe('the floor', () => {
  it('does in every situation, whatever happens, what the table says', () => {
    const width = Math.max(...Object.keys(floorEvents).map((name) => name.length)) + 2
    const written = Object.entries(floors)
      .map(([situation, way]) => {
        const [state] = floorAfter(way)
        const cells = Object.entries(floorEvents).map(([name, event]) => {
          const [next, commands] = floorStep(state, event(state.current?.id ?? 9))
          const isSame = next === state && commands.length === 0
          const done = commands.map(briefly).join('; ')
          const cell = isSame ? '' : `${floorIn(next)}${done === '' ? '' : `: ${done}`}`
          return `  ${name.padEnd(width)}${cell}`.trimEnd()
        })
        return [`${situation} (${floorIn(state)})`, ...cells].join('\n')
      })
      .join('\n\n')
    if (process.env['UPDATE_FIXTURES'] !== undefined) writeFileSync(table, `${written}\n`)
    expect(`${written}\n`).toBe(readFileSync(table, 'utf8'))
  })
})
