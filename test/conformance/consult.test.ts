import { describe, expect, it } from 'vitest'
import { agentsCall, router, type AgentAnswer } from './agents-call.ts'

/** Asks fraud whenever the caller has spoken, and says what it answers. */
const asks: AgentAnswer = ({ reason, messages }) => {
  const last = messages.at(-1)
  if (reason === 'turn') return [{ tool: 'consult_fraud', arguments: { question: 'Is it fraud?' } }]
  return [last?.role === 'tool' && last.result.status === 'ok' ? String(last.result.value) : '?']
}
const desk = { answer: asks, does: { consults: ['fraud'], handoffs: { tech: {} } } }
const tech = { answer: router('tech', ['fraud']), does: { handoffs: { fraud: {} } } }

describe('an agent that is consulted, and speaks with the caller in other calls', () => {
  it('answers though nobody near has needed it so far', async () => {
    const call = await agentsCall({ desk, tech, fraud: { answer: () => ['No.'] } })
    await call.say('is it fraud')
    expect(call.all('text').map(({ text }) => text)).toEqual(['No.'])
    expect(call.voices()).toEqual(['desk'])
  })

  it('is made again for the next question when it could not be made', async () => {
    let made = 0
    const setup = (): Promise<void> =>
      ++made === 2 ? Promise.reject(new Error('no mind')) : Promise.resolve()
    const call = await agentsCall({ desk, tech, fraud: { answer: () => ['No.'], setup } })
    await call.say('is it fraud')
    await call.say('is it really')
    expect(call.all('text').map(({ text }) => text)).toEqual(['?', 'No.'])
  })

  it('leaves no brain open when the call is over', async () => {
    let open = 0
    const setup = (): void => void open++
    const close = (): void => void open--
    const call = await agentsCall({ desk, tech, fraud: { answer: () => ['No.'], setup, close } })
    await call.say('is it fraud')
    expect(open).toBe(2)
    await call.end()
    expect(open).toBe(0)
  })
})
