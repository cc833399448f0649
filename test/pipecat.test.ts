import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLiveClock, loadGraph, runProgram, type Calls } from 'voxgraph'
import { connectPage, event, heardAt, notedBy, openCaller, webWithPage } from './pipecat/stage.ts'
import { root } from './sources.ts'

/**
 * What the microphone hears: a question after the greeting, another one into the long answer. The recording runs
 * from the moment at which the page opens the microphone; a machine that is busy may be two seconds late.
 */
const lines = [
  { afterMs: 5000, text: 'Tell me about the hotel.' },
  { afterMs: 4200, text: 'Do you have a car park?' },
]
/** The picture in docs/rtvi.md is taken anew. */
const takesPicture = process.env['UPDATE_FIXTURES'] !== undefined

let folder = ''
let browser: Browser
let calls: Calls
let address = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-pipecat-'))
  const program = await loadGraph(join(root, 'graphs/front-desk.yaml'), { cwd: folder })
  const log = { debug: () => {}, info: () => {}, warn: () => {} }
  calls = runProgram(program, { clock: createLiveClock(), log, web: await webWithPage() })
  address = (await calls.listen()).address
  browser = await openCaller(lines, join(folder, 'caller.wav'))
})
afterAll(async () => {
  await browser.close()
  await calls.close('the test is over')
  await rm(folder, { recursive: true })
})

describe('the Pipecat client in a browser', () => {
  it('talks, interrupts, writes, and leaves when it wants to', async ({ annotate }) => {
    const page = await connectPage(browser, address)
    await event(page, 'ready', '2.1.0')
    await event(page, 'bot-transcript', 'Hello, this is the Harbour Hotel.')
    await event(page, 'user-transcript', 'tell me about the hotel')
    const answer = await event(page, 'bot-output', 'We are a small hotel')
    await event(page, 'user-transcript', 'do you have a car park')
    const next = await event(page, 'bot-output', 'Yes, behind the house.')
    const events = await notedBy(page)
    const interrupted = events.find(
      ({ at, event: name }) => at > answer.at && name === 'user-started',
    )
    const answered = events.find(
      ({ event: name, data }) =>
        name === 'user-transcript' && JSON.stringify(data).includes('car park'),
    )
    const sounds = await heardAt(page)
    expect(sounds.some((at) => at > answer.at && at < (interrupted?.at ?? 0))).toBe(true)
    // The bot is silent before anybody knows what the caller says, and until it answers that.
    const last = sounds.findLast((at) => at < next.at) ?? Infinity
    expect(last).toBeLessThan(answered?.at ?? 0)
    const wentOn = Math.round(last - (interrupted?.at ?? 0))
    await annotate(`at the page, sound went on for ${wentOn} ms after the caller was noticed`)
    const spoken = events.filter(({ event: name }) => name === 'bot-transcript')
    expect(JSON.stringify(spoken)).not.toContain('fish from the market')

    // What was heard of an answer is answered; a question after that is a question of its own.
    await event(page, 'bot-transcript', 'Yes, behind the house.')
    await page.evaluate(`type('What time is breakfast?')`)
    const breakfast = await event(page, 'bot-output', 'Breakfast is from seven')
    await event(page, 'tts-text', 'seven')
    expect((await heardAt(page)).some((at) => at > breakfast.at)).toBe(true)
    if (takesPicture) await page.screenshot({ path: join(root, 'docs/pipecat-client.png') })

    const [session] = calls.sessions.values()
    await page.evaluate('client.disconnect()')
    await event(page, 'disconnected')
    expect((await session?.ended)?.error).toBeUndefined()
    const all = await notedBy(page)
    expect(all.filter(({ event: name }) => name === 'error')).toEqual([])
    await page.close()
  })

  it('is told when the bot leaves', async () => {
    const page = await connectPage(browser, address)
    await event(page, 'bot-started')
    const [session] = calls.sessions.values()
    session?.end('the test is over')
    // The stock client has one word for every close that was not its own.
    await event(page, 'error', 'Code: 1000')
    await event(page, 'disconnected')
    expect((await session?.ended)?.error).toBeUndefined()
    await page.close()
  })
})
