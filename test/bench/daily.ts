import { readFileSync } from 'node:fs'
import { sendBot, type Bot } from '../../transports/daily/bot.ts'
import { browserProcesses, loudness, openRig, type Rig } from '../daily/rig.ts'

/** Pulses that are sent, one every 150 ms. */
const pulses = 80
/** How long the use of a machine is looked at, in ms. */
const lookMs = 5000
const samplesPerMs = 48

const later = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** What of a sorted list lies below this share. */
const share = (values: readonly number[], part: number): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * part)] ?? 0

/**
 * The transport `daily` in ms: Node to page to Node without WebRTC, the same through one connection of WebRTC
 * within the page, and from `clear` to silence in the page of somebody else; and what one and four bots cost.
 * Real daily-js, stand-in call machine, this machine.
 */
export async function dailyBridge(): Promise<Record<string, number>> {
  const rig = await openRig()
  try {
    const figures = {
      ...(await roundTrip(rig, 'loop', 'daily_bridge')),
      ...(await roundTrip(rig, 'loop-rtc', 'daily_webrtc')),
      ...(await untilSilent(rig)),
      ...(await costs(rig, 1)),
      ...(await costs(rig, 4)),
    }
    return figures
  } finally {
    await rig.close()
  }
}

async function botIn(rig: Rig, room: string): Promise<Bot> {
  const bot = await sendBot({
    ...{ pool: rig.pool, server: rig.server, clock: rig.clock },
    signal: new AbortController().signal,
    room: { url: `${rig.standIn.bundlePath}/${room}`, token: '' },
    name: 'bot',
    bundlePath: rig.standIn.bundlePath,
  })
  bot.listen('echo')
  return bot
}

async function roundTrip(rig: Rig, room: string, name: string): Promise<Record<string, number>> {
  const bot = await botIn(rig, room)
  const pulse = new Int16Array(20 * samplesPerMs).map((_, at) => 12_000 * Math.sin(at * 0.1))
  let sentAt = 0
  const took: number[] = []
  bot.sound.subscribe((samples) => {
    if (sentAt === 0 || loudness(samples) < 300) return
    took.push(performance.now() - sentAt)
    sentAt = 0
  })
  await later(1500)
  for (let index = 0; index < pulses; index++) {
    sentAt = performance.now()
    bot.play(pulse)
    // Not in step with anything.
    await later(140 + Math.random() * 20)
  }
  await bot.leave()
  return {
    [`${name}_p50_ms`]: share(took, 0.5),
    [`${name}_p95_ms`]: share(took, 0.95),
    [`${name}_lost`]: pulses - took.length,
  }
}

async function untilSilent(rig: Rig): Promise<Record<string, number>> {
  const { guest, call } = await rig.join(await rig.open())
  const second = new Int16Array(samplesPerMs * 1000).map((_, at) => 9000 * Math.sin(at * 0.06))
  const took: number[] = []
  for (let index = 0; index < 20; index++) {
    const loud = guest.level((level) => level > 2000)
    call.connection.play({ samples: second } as never)
    await loud
    await later(100 + Math.random() * 20)
    const silent = guest.level((level) => level < 200)
    const cleared = rig.clock.wall()
    call.connection.clear()
    took.push((await silent) - cleared)
  }
  await rig.clean()
  return { daily_silent_p50_ms: share(took, 0.5), daily_silent_p95_ms: share(took, 0.95) }
}

/** Memory in MB (each page of it divided by those who share it) and CPU in cores, of the browser and of Node. */
async function costs(rig: Rig, count: number): Promise<Record<string, number>> {
  const bots = await Promise.all(
    Array.from({ length: count }, (_, index) => botIn(rig, `loop-rtc-${index}`)),
  )
  const silence = new Int16Array(20 * samplesPerMs)
  const talk = setInterval(() => {
    for (const bot of bots) bot.play(silence)
  }, 20)
  await later(1500)
  const browser = browserTicks()
  const own = process.cpuUsage()
  await later(lookMs)
  const spent = (browserTicks() - browser) * 10
  const { user, system } = process.cpuUsage(own)
  const kb = browserProcesses().reduce(
    (sum, id) => sum + Number(/^Pss:\s+(\d+)/m.exec(proc(id, 'smaps_rollup'))?.[1] ?? 0),
    0,
  )
  clearInterval(talk)
  for (const bot of bots) await bot.leave()
  return {
    [`daily_${count}_mb`]: kb / 1024,
    [`daily_${count}_cores`]: spent / lookMs,
    [`daily_${count}_node_cores`]: (user + system) / 1000 / lookMs,
  }
}

/** Ticks of 10 ms that the browser has computed. */
const browserTicks = (): number =>
  browserProcesses().reduce((sum, id) => {
    const fields = proc(id, 'stat')
      .replace(/^.*\) /, '')
      .split(' ')
    return sum + Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  }, 0)

function proc(id: number, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
