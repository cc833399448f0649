import { describe, expect, it } from 'vitest'
import { Observable } from 'rxjs'
import { defineTool, text, dtmf, turn, type Message, type Said } from 'voxgraph/plugin'
import { answers, begins, call, ends, interim, long, words } from './call.ts'
const brief = (messages: readonly Message[]) => messages.map((m) => m.role === 'tool' ? `tool: ${m.name} ${m.result.status}` : `${m.role}${m.role === 'assistant' && m.interrupted ? '*' : ''}: ${m.text}`)
const show = (label: string, x: unknown) => console.log(label, JSON.stringify(x, null, 0))

it('A provisional doubled after promote + tool', async () => {
  const look = defineTool({ description: 'x', parameters: { type: 'object' }, effect: 'read', run: () => 1 })
  const made = await call(({ reason }) => reason === 'turn' ? [{ tool: 'look', arguments: {} }] : reason === 'tool-result' ? ['Done.'] : [], { tools: { look } })
  await made.clock.advance(100)
  made.caller.next(begins()); await made.clock.advance(300)
  made.caller.next(interim('book a table'))
  made.caller.next(turn({ state: 'eager', text: '', probability: 0.9 }))
  made.caller.next(ends())
  made.caller.next(turn({ state: 'eager', text: '', probability: 0.9 }))
  await made.clock.advance(200)
  made.caller.next(words('book a table'))
  await made.clock.advance(3000)
  show('A', made.asked.map((a) => [a.reason, brief(a.messages)]))
})
it('B new words amend old provisional', async () => {
  const made = await call(answers('', 'Fine.'))
  await made.clock.advance(100)
  made.caller.next(begins()); await made.clock.advance(300)
  made.caller.next(interim('I want a table')); made.caller.next(ends())
  await made.clock.advance(3000)
  await made.say('for two')
  await made.clock.advance(3000)
  show('B', made.asked.map((a) => [a.reason, brief(a.messages)]))
  show('B turns', made.all('turn').map((t) => [t.at, t.state, t.text]))
})
it('B2 written text amends', async () => {
  const made = await call(answers('', 'Fine.'))
  await made.clock.advance(100)
  made.caller.next(begins()); await made.clock.advance(300)
  made.caller.next(interim('I want a table')); made.caller.next(ends())
  await made.clock.advance(3000)
  made.session.feed('brain', 'text', text({ text: 'my number is 5', role: 'user' } as never))
  await made.clock.advance(3000)
  show('B2', made.asked.map((a) => [a.reason, brief(a.messages)]))
})
it('C late final with the same words after a heard answer', async () => {
  const made = await call(answers('', 'Fine.'))
  await made.clock.advance(100)
  made.caller.next(begins()); await made.clock.advance(300)
  made.caller.next(interim('I want a table')); made.caller.next(ends())
  await made.clock.advance(3000)
  made.caller.next(words('I want a table.'))
  await made.clock.advance(3000)
  show('C', made.asked.map((a) => [a.reason, brief(a.messages)]))
  show('C responses', made.all('response').map((t) => [t.at, t.state, t.reason]))
})
it('D duplicate callId', async () => {
  const look = defineTool({ description: 'x', parameters: { type: 'object' }, effect: 'read', run: () => 1 })
  const made = await call(({ reason }) => reason === 'turn' ? [{ tool: 'look', callId: 'c', arguments: {} }, { tool: 'look', callId: 'c', arguments: {} }] : reason === 'tool-result' ? ['Done.'] : [], { tools: { look }, turns: { eager: false, idle: [{ after: '8s', say: 'there?' }] } as never })
  await made.say('go')
  await made.clock.advance(30000)
  show('D', made.asked.map((a) => [a.reason, brief(a.messages)]))
  show('D tool', made.all('tool-result').map((t) => [t.at, t.callId, t.result]))
  show('D resp', made.all('response').map((t) => [t.at, t.state, t.reason]))
})
it('E result during guess', async () => {
  const made = await call(({ reason, messages }) => reason === 'turn' && messages.length === 1 ? [{ tool: 'slow', arguments: {} }] : reason === 'start' ? [] : ['Ok.'], { tools: { slow: defineTool({ description: 'x', parameters: { type: 'object' }, effect: 'read', run: async (_: unknown, { sleep }) => { await sleep(3000); return 1 } }) } })
  await made.clock.advance(100)
  await made.say('go')
  await made.clock.advance(1800) // tool runs from 1000 to 4000: now 2200
  await made.clock.advance(1200) // 3400
  await made.say('and quickly') // 3700 ends; turn would end at 4300; guess at 3700; tool at 4000
  await made.clock.advance(10000)
  show('E', made.asked.map((a) => [a.reason, brief(a.messages)]))
  show('E res', made.all('tool-result').map((t) => [t.at, t.callId, t.result.status]))
  show('E inf', made.all('inference').map((t) => [t.at, t.state, t.reason, t.outcome]))
})
it('F result while a slow-ending response, job not over', async () => {
  const made = await call(async function* ({ reason, messages }): AsyncGenerator<Said> {
    if (reason === 'start') return
    if (reason === 'turn' && messages.length === 1) { yield { tool: 'slow', arguments: {} }; return }
    yield 'Ok.'
    await made.clock.sleep(3000)
  }, { turns: { eager: false, idle: [{ after: '8s', say: 'there?' }] } as never, tools: { slow: defineTool({ description: 'x', parameters: { type: 'object' }, effect: 'read', run: async (_: unknown, { sleep }) => { await sleep(4000); return 1 } }) } })
  await made.clock.advance(100)
  await made.say('go') 
  await made.clock.advance(1500)
  await made.say('and quickly')
  await made.clock.advance(30000)
  show('F', made.asked.map((a) => [a.reason, brief(a.messages)]))
  show('F res', made.all('tool-result').map((t) => [t.at, t.callId, t.result.status]))
  show('F inf', made.all('inference').map((t) => [t.at, t.state, t.reason, t.outcome]))
  show('F resp', made.all('response').map((t) => [t.at, t.state, t.reason]))
})
it('G echo swallows the answer', async () => {
  const made = await call(answers('Monday or Tuesday?', 'Fine.'), { turns: { interrupt: { echo: true } } as never })
  await made.clock.advance(1000)
  await made.say('Tuesday')
  await made.clock.advance(10000)
  show('G', made.asked.map((a) => [a.reason, brief(a.messages)]))
  show('G play', made.all('playout').map((t) => [t.at, t.state, t.span]))
})
it('H resume false & mute/interruptible false while suspected', async () => {
  const made = await call(async function* ({ reason }): AsyncGenerator<Said> {
    if (reason !== 'start') return
    yield `${long}. `
    await made.clock.sleep(350)
    yield { interruptible: false }
    yield `${long}. `
  }, { turns: { interrupt: { resume: false } } as never })
  await made.clock.advance(300)
  made.caller.next(begins())
  await made.clock.advance(100)
  made.caller.next(ends())
  await made.clock.advance(5000)
  show('H', made.all('interrupt').map((t) => [t.at, t.phase, t.reason]))
})
it('I hold 50ms', async () => {
  const made = await call(answers(`${long} ${long} ${long}`, 'x'), { turns: { interrupt: { hold: '50ms' } } as never })
  await made.clock.advance(300)
  made.caller.next(begins())
  await made.clock.advance(3000)
  show('I', made.all('interrupt').map((t) => [t.at, t.phase, t.reason]))
})
it('J observable leak in discarded guess', async () => {
  let open = 0
  const made = await call(({ reason }) => reason === 'start' ? [] : new Observable<Said>((s) => { open++; for (let i = 0; i < 300; i++) s.next('word '); return () => { open-- } }))
  await made.clock.advance(100)
  for (let i = 0; i < 5; i++) { await made.say('w' + i); await made.clock.advance(100) }
  made.caller.next(begins()); await made.clock.advance(300)
  await made.clock.advance(100)
  await made.end()
  show('J open after end', open)
})
it('K sync throw in a guess', async () => {
  const made = await call(({ reason, messages }) => { if (reason === 'turn' && brief(messages).at(-1) === 'user: I') throw new Error('boom'); return reason === 'start' ? ['Hello.'] : ['Fine.'] })
  await made.clock.advance(1000)
  await made.say('I'); await made.clock.advance(100); await made.say('want'); await made.clock.advance(3000)
  show('K', made.asked.map((a) => [a.reason, brief(a.messages)]))
  show('K fail', made.logs.map((l) => l.message))
})
