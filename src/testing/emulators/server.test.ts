import { expect, test } from 'vitest'
import { emulateAnthropic } from './anthropic.ts'

test('a fault that is for later lets what comes before go well', async () => {
  const emulator = await emulateAnthropic()
  try {
    emulator.fail({ fault: 'overloaded', when: 'open', after: 2 })
    emulator.fail({ fault: 'rate-limit', when: 'open', after: 3 })
    const { endpoint, key } = emulator
    const headers = { authorization: `Bearer ${key}`, 'anthropic-version': '2026-10-21' }
    const statuses: number[] = []
    for (let asked = 0; asked < 6; asked++) {
      const response = await fetch(`${endpoint}/v1/models`, { headers })
      await response.text()
      statuses.push(response.status)
    }
    expect(statuses).toEqual([200, 200, 529, 200, 429, 200])
  } finally {
    await emulator.close()
  }
})
