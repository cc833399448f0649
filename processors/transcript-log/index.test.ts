import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  correction,
  end,
  handoff,
  interrupt,
  playout,
  response,
  start,
  text,
  toolCall,
  toolResult,
  transcript,
  type Frame,
  type PlayoutInit,
} from 'voxgraph/plugin'
import { createVirtualClock, type VirtualClock } from 'voxgraph/testing'
import transcriptLog from './index.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-log-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Node {
  text(frame: Frame): unknown
  signal(frame: Frame): unknown
  close(): Promise<void>
}

/** Waits for something that waits for the clock. */
async function driven<T>(clock: VirtualClock, result: Promise<T>): Promise<T> {
  let isDone = false
  result.finally(() => (isDone = true)).catch(() => {})
  await clock.settle({ isDone: () => isDone })
  return result
}

let files = 0

async function rig({ path = join(folder, 'a', `${++files}.jsonl`), tools = true } = {}) {
  const clock = createVirtualClock(1_700_000_000_000)
  const setUp = Promise.resolve(transcriptLog.setup({ options: { path, tools }, clock } as never))
  const node = (await driven(clock, setUp)) as Node
  return {
    clock,
    path,
    node,
    text: (frame: Frame) => node.text(frame),
    signal: (frame: Frame) => node.signal(frame),
    /** Text of a response. */
    bot: (at: number, response: number, span: number, said: string) =>
      node.text({ ...text({ text: said, span }), at, response }),
    fact: (at: number, init: PlayoutInit) => node.signal({ ...playout(init), at }),
    async lines(): Promise<unknown[]> {
      await driven(clock, node.close())
      const written = await readFile(path, 'utf8')
      return written
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown)
    },
  }
}

const bot = (at: number, response: number, span: number, said: string, heardMs: number | null) => ({
  at,
  kind: 'bot',
  response,
  span,
  text: said,
  heardMs,
  interrupted: false,
})

describe('the transcript log', () => {
  it('keeps what was said, never what a guard has masked or withheld', async () => {
    const log = await rig()
    log.bot(100, 1, 1, 'Your card is ')
    log.signal({ ...correction({ of: 1, span: 1, text: 'Your card is hidden.' }), at: 110 })
    log.bot(120, 1, 1, '4111 1111.')
    log.bot(130, 1, 2, 'Secret.')
    // It overtakes the text: control comes before everything else.
    log.signal({
      ...correction({ of: 1, span: 2, text: 'I cannot say that.', last: true }),
      at: 125,
    })
    log.bot(140, 1, 3, 'More of it.')
    log.fact(1000, { state: 'stopped', of: 1, span: 1, heardMs: 800 })
    log.fact(2000, { state: 'stopped', of: 1, span: 2, heardMs: 900 })
    log.fact(2000, { state: 'stopped', of: 1, span: 0, heardMs: 0 })
    log.bot(3000, 2, 4, 'Anything else?')
    log.fact(4000, { state: 'stopped', of: 2, span: 4, heardMs: 700 })
    expect(await log.lines()).toEqual([
      bot(100, 1, 1, 'Your card is hidden.', 800),
      bot(130, 1, 2, 'I cannot say that.', 900),
      bot(3000, 2, 4, 'Anything else?', 700),
    ])
  })

  it('writes what the caller said, once it is final', async () => {
    const log = await rig()
    log.text({ ...transcript({ text: 'hel', final: false }), at: 100 })
    log.text({ ...transcript({ text: 'hello “you”\n', final: true, language: 'en' }), at: 200 })
    expect(await log.lines()).toEqual([
      { at: 200, kind: 'caller', text: 'hello “you”\n', language: 'en' },
    ])
  })

  it('writes what the bot said when it was heard', async () => {
    const log = await rig()
    log.bot(100, 1, 1, 'Good ')
    log.bot(110, 1, 1, 'morning. ')
    log.bot(120, 1, 2, 'How are you?')
    log.fact(300, { state: 'started', span: 1, of: 1, heardMs: 0 })
    log.fact(500, { state: 'progress', span: 1, of: 1, heardMs: 200 })
    log.fact(900, { state: 'stopped', span: 1, of: 1, heardMs: 600 })
    log.fact(900, { state: 'started', span: 2, of: 1, heardMs: 0 })
    log.fact(1500, { state: 'stopped', span: 2, of: 1, heardMs: 600 })
    log.fact(1500, { state: 'stopped', span: 0, of: 1, heardMs: 0 })
    expect(await log.lines()).toEqual([
      bot(300, 1, 1, 'Good morning.', 600),
      bot(900, 1, 2, 'How are you?', 600),
    ])
  })

  it('says which agent speaks', async () => {
    const log = await rig()
    const began = (number: number, agent: string, source: string) =>
      log.signal({ ...response({ state: 'started', agent }), source, response: number })
    began(1, 'triage', 'triage/llm')
    log.bot(100, 1, 1, 'One moment.')
    began(2, '', 'llm')
    log.bot(200, 2, 2, 'Hello.')
    for (let number = 3; number < 300; number++) began(number, `a${number}`, '')
    log.bot(300, 2, 3, 'Hello again.')
    log.bot(400, 299, 4, 'Goodbye.')
    expect(await log.lines()).toEqual([
      { ...bot(100, 1, 1, 'One moment.', null), agent: 'triage' },
      { ...bot(200, 2, 2, 'Hello.', null), agent: 'llm' },
      bot(300, 2, 3, 'Hello again.', null),
      { ...bot(400, 299, 4, 'Goodbye.', null), agent: 'a299' },
    ])
  })

  it('says what was cut, and what was never heard', async () => {
    const log = await rig()
    log.bot(100, 1, 1, 'One.')
    log.bot(100, 1, 2, 'Two.')
    log.fact(200, { state: 'started', span: 1, of: 1, heardMs: 0 })
    log.signal({ ...interrupt({ phase: 'suspect', through: 1 }), at: 250 })
    log.signal({ ...interrupt({ through: 1, reason: 'barge-in' }), at: 300 })
    log.fact(300, { state: 'stopped', span: 1, of: 1, heardMs: 100, cut: true })
    log.bot(400, 2, 3, 'Sorry.')
    log.fact(500, { state: 'started', span: 3, of: 2, heardMs: 0 })
    log.fact(700, { state: 'stopped', span: 3, of: 2, heardMs: 200 })
    expect(await log.lines()).toEqual([
      { at: 300, kind: 'interrupt', through: 1, reason: 'barge-in' },
      { ...bot(200, 1, 1, 'One.', 100), interrupted: true },
      { ...bot(100, 1, 2, 'Two.', 0), interrupted: true },
      bot(500, 2, 3, 'Sorry.', 200),
    ])
  })

  it('keeps text that nobody numbered together, and text that is not spoken apart', async () => {
    const log = await rig()
    log.bot(100, 1, 0, 'All in ')
    log.bot(110, 1, 0, 'one.')
    log.text({ ...text({ text: '{"card":1}', speak: false }), at: 120, response: 1 })
    log.fact(200, { state: 'started', span: 0, of: 1, heardMs: 0 })
    log.fact(700, { state: 'stopped', span: 0, of: 1, heardMs: 500 })
    log.fact(700, { state: 'stopped', span: 0, of: 1, heardMs: 0 })
    expect(await log.lines()).toEqual([
      bot(120, 1, 0, '{"card":1}', null),
      bot(200, 1, 0, 'All in one.', 500),
    ])
  })

  it('writes text at the end where nobody says what was heard', async () => {
    const log = await rig()
    log.bot(100, 1, 1, 'Hello.')
    log.bot(100, 1, 2, '  ')
    expect(await log.lines()).toEqual([bot(100, 1, 1, 'Hello.', null)])
  })

  it('writes tools, hand-offs, the start and the end', async () => {
    const log = await rig()
    log.signal({ ...start({ session: 's1' }), at: 0 })
    const call = toolCall({ callId: 'c1', name: 'find', arguments: { id: 7 } })
    log.signal({ ...call, at: 10, response: 2 })
    const ok = toolResult({ callId: 'c1', name: 'find', result: { status: 'ok', value: [null] } })
    log.signal({ ...ok, at: 20 })
    const move = { from: 'a', to: 'b', reason: 'billing', pass: { id: 7 } }
    log.signal({ ...handoff({ ...move, state: 'started' }), at: 25 })
    log.signal({ ...handoff({ ...move, state: 'done' }), at: 30 })
    log.signal({ ...end({ reason: 'hung up' }), at: 40 })
    const { pass: _pass, ...told } = move
    expect(await log.lines()).toEqual([
      { at: 0, kind: 'start', session: 's1', time: '2023-11-14T22:13:20.000Z' },
      { at: 10, kind: 'tool-call', response: 2, callId: 'c1', name: 'find', arguments: { id: 7 } },
      { at: 20, kind: 'tool-result', callId: 'c1', name: 'find', status: 'ok', value: [null] },
      { at: 25, kind: 'handoff', state: 'started', ...move, context: 'transcript' },
      { at: 30, kind: 'handoff', state: 'done', ...told, context: 'transcript' },
      { at: 40, kind: 'end', reason: 'hung up' },
    ])
  })

  it('leaves tools out where it is told to', async () => {
    const log = await rig({ tools: false })
    log.signal(toolCall({ callId: 'c1', name: 'find', arguments: { card: '4111' } }))
    log.signal(handoff({ state: 'started', from: 'a', to: 'b', pass: { card: '4111' } }))
    const lines = await log.lines()
    expect(lines).toMatchObject([{ kind: 'handoff', to: 'b' }])
    expect(lines[0]).not.toHaveProperty('pass')
  })

  it('continues a file that is there', async () => {
    const path = join(folder, 'old.jsonl')
    await writeFile(path, '{"kind":"old"}\n')
    const log = await rig({ path })
    log.text(transcript({ text: 'new', final: true }))
    expect(await log.lines()).toMatchObject([{ kind: 'old' }, { kind: 'caller', text: 'new' }])
  })

  it('loses no line when very many come at once', async () => {
    const log = await rig()
    const said = 'x'.repeat(1000)
    const waits = Array.from({ length: 3000 }, () =>
      log.text(transcript({ text: said, final: true })),
    )
    expect(waits.some((wait) => wait instanceof Promise)).toBe(true)
    expect(await log.lines()).toHaveLength(3000)
  })

  it('cannot begin where it cannot write', async () => {
    const blocker = join(folder, 'blocker')
    await writeFile(blocker, '')
    await expect(rig({ path: join(blocker, 'x.jsonl') })).rejects.toThrow(
      'cannot be written: a part of its path is not a folder.',
    )
  })

  it.runIf(existsSync('/dev/full'))('says once that the disk is full', async () => {
    const log = await rig({ path: '/dev/full' })
    log.text(transcript({ text: 'one', final: true }))
    await expect(driven(log.clock, log.node.close())).rejects.toThrow(
      '/dev/full cannot be written: the disk is full.',
    )
    expect(log.text(transcript({ text: 'two', final: true }))).toBeUndefined()
  })
})
