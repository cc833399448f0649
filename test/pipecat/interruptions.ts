// How long sound goes on at the page of a stock client that interrupts, in real time and by hand:
//   node -C @voxgraph/source test/pipecat/interruptions.ts 100ms 200ms
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLiveClock, loadGraph, runProgram } from 'voxgraph'
import { root } from '../sources.ts'
import { connectPage, heardAt, notedBy, openCaller, webWithPage } from './stage.ts'

const pair = (afterMs: number) => [
  { afterMs, text: 'Tell me about the hotel.' },
  { afterMs: 4200, text: 'Do you have a car park?' },
]
const lines = [...pair(5000), ...pair(8000), ...pair(8000), ...pair(8000)]
/** Time that the lines and what is answered to them take, in ms. */
const callMs = 70_000
/** What does not end the sound for so long was no interruption, in ms: the bot went on. */
const longestMs = 1200

/** Ms for which sound went on after the caller was noticed, for each interruption of one call. */
async function measure(lead: string, folder: string): Promise<string> {
  const use = { phone: { use: 'websocket', with: { rtvi: { lead } } } }
  const program = await loadGraph(join(root, 'graphs/front-desk.yaml'), { cwd: folder, use })
  const log = { debug: () => {}, info: () => {}, warn: () => {} }
  const clock = createLiveClock()
  let underruns = 0
  const calls = runProgram(program, {
    ...{ clock, log, web: await webWithPage() },
    observe: (one) => {
      const isFigure = one.type === 'frame' && one.frame.type === 'metric'
      if (isFigure && one.frame.name === 'underruns') underruns++
    },
  })
  const { address } = await calls.listen()
  const browser = await openCaller(lines, join(folder, 'caller.wav'))
  const page = await connectPage(browser, address)
  await clock.sleep(callMs)
  const [events, sounds] = [await notedBy(page), await heardAt(page)]
  const wentOn = events.flatMap(({ event: name, at }, index) => {
    const after = (wanted: string): number =>
      events.find((one, place) => place > index && one.event === wanted)?.at ?? Infinity
    const isStopped = after('bot-stopped') < Math.min(at + longestMs, after('bot-started'))
    const last = sounds.findLast((sound) => sound < after('bot-started')) ?? 0
    return name === 'user-started' && isStopped ? [Math.round(last - at)] : []
  })
  await browser.close()
  await calls.close('it is measured')
  return `lead ${lead}: sound went on for ${wentOn.join(', ')} ms; ${underruns} under-runs\n`
}

const folder = await mkdtemp(join(tmpdir(), 'voxgraph-pipecat-'))
for (const lead of process.argv.slice(2)) process.stdout.write(await measure(lead, folder))
await rm(folder, { recursive: true })
