import assert from 'node:assert/strict'
import type { TransportDefinition } from '../define/index.ts'
import { VoxgraphError } from '../errors/index.ts'
import { audio, dtmf, message } from '../frames/index.ts'
import {
  OpenTransport,
  refusalOf,
  type TransportCases,
  type TransportRig,
} from './transport-rig.ts'
import { tone } from './tones.ts'
import { transferCases } from './transport-transfers.ts'
import type { ContractCase } from './vad-contract.ts'

/** A transport, and who calls it. */
export interface TransportContractInit {
  readonly definition: TransportDefinition
  /** Makes the world around it, anew for each case. */
  readonly rig: () => Promise<TransportRig> | TransportRig
  /** Values that must not be found in anything that is logged, thrown or told to a far end. */
  readonly secrets?: readonly string[]
  /**
   * By how much a length of sound may be another at its other end, in ms; 40 unless given. More where a codec
   * with losses is on the way.
   */
  readonly slackMs?: number
  /** How its frames end when the far end is gone without a word; `error` unless given. */
  readonly dropped?: 'error' | 'complete'
  /** How long is waited for what must happen, in ms; 15 s unless given. */
  readonly patienceMs?: number | undefined
  /** What the transport, or its far end in a test, has no means for: the cases about it are left out. */
  readonly lacks?: readonly TransportFeature[]
}

/** What not every transport has; the parts of `Connection`, `FarEnd` and `TransportRig` that may be left out. */
export type TransportFeature =
  | 'clear'
  | 'played'
  | 'press'
  | 'keys'
  | 'messages'
  | 'stopReading'
  | 'drop'
  | 'room'
  | 'close'
  | 'abandon'
  | 'transfers'

/** Tones that are told from each other behind any codec, in Hz. */
const low = 440
const high = 1000
/** Length of what is said in most cases, in ms. */
const saidMs = 400
/** As much as is ever handed over ahead, in ms. */
const leadMs = 200

/**
 * What every transport must do. Each case opens the transport on the live clock with a rig of its own, on
 * real sockets: lengths of sound are compared, never times, so that a machine that is busy fails nothing. A case
 * ends with everything closed, and fails when a timer or a socket is left.
 *
 * ```ts
 * const contract = transportContract({
 *   definition,
 *   secrets: ['s3cret'],
 *   rig: async () => ({ options: { token: 's3cret' }, connect: ({ listener }) => callIt(listener.address) }),
 * })
 * it.each(contract)('$name', ({ run }) => run())
 * ```
 *
 * The rig gives a far end that plays what it gets at the pace of hearing (`createFarEar`) and sends what it is
 * told to. What there are no means for stands in `lacks`; nothing is left out in silence.
 */
export function transportContract(init: TransportContractInit): readonly ContractCase[] {
  const features: Readonly<Record<TransportFeature, TransportCases>> = {
    clear: clearCases,
    played: playedCases,
    press: pressCases,
    keys: keyCases,
    messages: messageCases,
    stopReading: deafCases,
    drop: dropCases(init),
    room: roomCases,
    close: closeCases,
    abandon: abandonCases,
    transfers: transferCases,
  }
  const { lacks = [] } = init
  const special = Object.entries(features).filter(([name]) => !lacks.some((one) => one === name))
  const cases = { ...soundCases, ...clearedCases, ...endCases }
  const all = [cases, ...special.map(([, one]) => one)].flatMap((one) => Object.entries(one))
  return all.map(([name, run]) => ({ name, run: () => runCase(init, run) }))
}

async function runCase(init: TransportContractInit, run: TransportCases[string]): Promise<void> {
  const { definition, rig, slackMs = 40, patienceMs = 15_000, secrets = [] } = init
  const open = await OpenTransport.open({ definition, rig: await rig(), slackMs, patienceMs })
  try {
    await run(open)
  } finally {
    await open.close()
  }
  const told = open.told.join('\n')
  assert(!secrets.some((secret) => told.includes(secret)), 'a secret was told')
}

/** Waits for something that must come to an end. */
async function inTime(
  { clock, patienceMs }: OpenTransport,
  act: () => Promise<unknown>,
): Promise<void> {
  const late = new AbortController()
  const isLate = clock.sleep(patienceMs, late.signal).then(
    () => assert.fail(`it took longer than ${patienceMs} ms`),
    () => undefined,
  )
  try {
    await Promise.race([act(), isLate])
  } finally {
    late.abort()
  }
}

/** Fails when two lengths of sound differ by more than the transport may make of them. */
const near = ({ slackMs }: OpenTransport, isMs: number, shouldMs: number, what: string): void =>
  assert(
    Math.abs(isMs - shouldMs) <= slackMs,
    `${what}: ${isMs.toFixed(0)} ms in the place of ${shouldMs.toFixed(0)}`,
  )

const soundCases: TransportCases = {
  'brings what the caller says, in the format of its output': async (on) => {
    const { frames, far, saidMs: said } = await on.call()
    await far.say(tone(low, saidMs, far.sampleRate))
    await on.until(() => said(low) >= saidMs - on.slackMs, 'what the caller says')
    near(on, said(low), saidMs, 'the sound of the caller')
    for (const frame of frames) {
      if (frame.type !== 'audio') continue
      const { role, lane, channels } = frame
      assert.deepEqual({ role, lane, channels }, { role: 'user', lane: 'media', channels: 1 })
      const first = frames.find(({ type }) => type === 'audio')
      assert(first?.type === 'audio')
      assert.equal(frame.sampleRate, first.sampleRate)
      assert.equal(frame.encoding, first.encoding)
    }
  },
  'plays what it is given to the caller, to the end, and nothing before': async (on) => {
    const call = await on.call()
    assert.equal(await call.heardMs(low), 0)
    await call.speak(low, saidMs)
    await on.until(async () => (await call.heardMs(low)) >= saidMs - on.slackMs, 'the sound')
    near(on, await call.heardMs(low), saidMs, 'the sound of the bot')
    assert.equal(await call.heardMs(high), 0)
  },
  'carries both ways at once': async (on) => {
    const call = await on.call()
    const { far } = call
    await Promise.all([call.speak(low, saidMs), far.say(tone(high, saidMs, far.sampleRate))])
    const least = saidMs - on.slackMs
    await on.until(async () => (await call.heardMs(low)) >= least, 'the sound of the bot')
    await on.until(() => call.saidMs(high) >= least, 'the sound of the caller')
    near(on, await call.heardMs(low), saidMs, 'the sound of the bot')
    near(on, call.saidMs(high), saidMs, 'the sound of the caller')
  },
}

const playedCases: TransportCases = {
  'says what was played, in the end all of it, and never more than it was given': async (on) => {
    const call = await on.call()
    const { connection } = call
    assert(connection.played)
    const claims: { readonly ms: number; readonly given: number }[] = []
    const look = (): boolean => {
      const ms = connection.played?.() ?? 0
      return claims.push({ ms, given: call.givenMs }) > 0
    }
    look()
    const speaking = call.speak(low, saidMs)
    const isAll = (): boolean => look() && (claims.at(-1)?.ms ?? 0) >= saidMs - on.slackMs
    await Promise.all([speaking, on.until(isAll, 'word that all was played')])
    for (const [index, { ms, given }] of claims.entries()) {
      assert(ms <= given + 1, `played ${ms} ms of ${given}`)
      assert(ms >= (claims[index - 1]?.ms ?? 0), 'what was played goes back')
    }
  },
}

const clearCases: TransportCases = {
  'throws away at once what has not been heard, and reports none of it': async (on) => {
    const call = await on.call()
    const { connection } = call
    // What is cleared in the same breath can hardly have been heard, however fast the line is.
    call.blurt(low, leadMs)
    connection.clear()
    await call.speak(high, saidMs)
    await on.until(async () => (await call.heardMs(high)) >= saidMs - on.slackMs, 'the rest')
    const heard = await call.heardMs(low)
    assert(heard <= on.slackMs, `${heard} ms of what was cleared were heard`)
    if (connection.played === undefined) return
    const played = (): number => connection.played?.() ?? 0
    const least = saidMs - on.slackMs
    await on.until(() => played() >= least, 'word that it was played')
    assert(played() <= heard + saidMs + on.slackMs, 'what was cleared is reported')
  },
}

const clearedCases: TransportCases = {
  'plays what it is given after a clear to its end, time and again': async (on) => {
    const call = await on.call()
    for (let times = 0; times < 3; times++) {
      call.blurt(low, leadMs)
      call.connection.clear()
    }
    call.blurt(high, leadMs)
    await on.until(async () => (await call.heardMs(high)) >= leadMs - on.slackMs, 'the end')
    near(on, await call.heardMs(high), leadMs, 'what came after')
  },
  'has nothing against being cleared when it is silent': async (on) => {
    const call = await on.call()
    call.connection.clear()
    call.connection.clear()
    await call.speak(low, saidMs)
    await on.until(async () => (await call.heardMs(low)) >= saidMs - on.slackMs, 'the sound')
  },
}

const pressCases: TransportCases = {
  'brings keys of the caller, in order': async (on) => {
    const { far, frames } = await on.call()
    assert(far.press)
    for (const digit of '4711#') far.press(digit)
    const keys = (): string =>
      frames.flatMap((frame) => (frame.type === 'dtmf' ? [frame.digit] : [])).join('')
    await on.until(() => keys().length >= 5, 'keys')
    assert.equal(keys(), '4711#')
    assert(frames.every((frame) => frame.type !== 'dtmf' || frame.lane === 'user'))
  },
}

const keyCases: TransportCases = {
  'presses keys for the far end, in order': async (on) => {
    const { far, connection } = await on.call()
    assert(far.keys)
    for (const digit of '12*') connection.send(dtmf({ digit, lane: 'bot' }))
    await on.until(() => (far.keys?.length ?? 0) >= 3, 'keys')
    assert.equal(far.keys.join(''), '12*')
  },
}

const messageCases: TransportCases = {
  'carries messages both ways': async (on) => {
    const { far, frames, connection } = await on.call()
    assert(far.send)
    const data = { items: [1, null, 'ä'], done: false }
    far.send('cart', data)
    await on.until(() => frames.some(({ type }) => type === 'message'), 'a message')
    const came = frames.find((frame) => frame.type === 'message')
    assert.deepEqual([came?.lane, came?.name, came?.data], ['user', 'cart', data])
    connection.send(message({ name: 'paid', data, lane: 'bot' }))
    await on.until(() => (far.messages?.length ?? 0) > 0, 'a message')
    assert.deepEqual(far.messages, [{ name: 'paid', data }])
  },
}

const endCases: TransportCases = {
  'keeps what comes before anybody listens, and brings it once': async (on) => {
    const call = await on.call(false)
    const { far, frames } = call
    if (far.press !== undefined) far.press('7')
    else await far.say(tone(low, leadMs, far.sampleRate))
    // Not so long that more than that could have come.
    await on.clock.sleep(2 * leadMs)
    call.watch()
    const count = (): number => frames.filter(({ type }) => type === 'dtmf').length
    const least = leadMs - on.slackMs
    if (far.press === undefined) await on.until(() => call.saidMs(low) >= least, 'what was said')
    else await on.until(() => count() > 0, 'the key')
    assert(count() <= 1)
  },
  'completes when the caller hangs up': async (on) => {
    const call = await on.call()
    await call.speak(low, 20)
    await call.far.hangUp()
    await on.until(() => call.end !== undefined, 'the end of the frames')
    assert.equal(call.end?.error, undefined)
  },
  'ends the call from our side, and the far end knows': async (on) => {
    const call = await on.call()
    await call.speak(low, saidMs)
    await inTime(on, async () => call.connection.close('the bot has hung up'))
    await inTime(on, () => call.far.over)
    assert.equal(call.end?.error, undefined)
  },
  'is closed once, however often it is asked, and does nothing afterwards': async (on) => {
    const { connection, far } = await on.call()
    await inTime(on, async () => {
      await Promise.all([connection.close('one'), connection.close('two')])
      await connection.close('three')
    })
    await inTime(on, () => far.over)
    const { sampleRate } = far
    connection.play(audio({ role: 'agent', samples: new Int16Array(160), sampleRate }))
    connection.clear()
    connection.send(message({ name: 'late', data: null, lane: 'bot' }))
    connection.played?.()
  },
  'closes a call that nobody has listened to yet': async (on) => {
    const { connection, far } = await on.call(false)
    await inTime(on, async () => connection.close('the call could not start'))
    await inTime(on, () => far.over)
  },
}

const deafCases: TransportCases = {
  'ends the call of a far end that reads nothing, and waits for nobody': async (on) => {
    const call = await on.call()
    assert(call.far.stopReading)
    call.far.stopReading()
    // A minute of sound for every look: more than a network keeps.
    await on.until(() => {
      for (let times = 0; times < 300 && call.end === undefined; times++) call.blurt(low, leadMs)
      return call.end !== undefined
    }, 'the end of the frames')
    assert(call.end?.error instanceof VoxgraphError, 'it has no code')
    await inTime(on, async () => call.connection.close('it does not read'))
  },
}

const roomCases: TransportCases = {
  'asks for room before it takes a call, and leaves the place to the runtime': async (on) => {
    const call = await on.call()
    assert.deepEqual([on.asked, on.taken], [1, [{ hasPlace: true }]])
    await call.far.hangUp()
    await on.until(() => call.end !== undefined, 'the end of the frames')
    await call.connection.close('it is over')
    assert.equal(on.left, 0)
  },
  'tells whoever calls that there is no room, and lets nobody in': async (on) => {
    for (const busy of ['full', 'overloaded', 'draining'] as const) {
      on.busy = busy
      const told = await refusalOf(on.rig.connect(on.stage))
      assert.notEqual(told, '')
      on.note(told)
    }
    assert.deepEqual([on.asked >= 3, on.taken, on.left], [true, [], 0])
    on.busy = undefined
    await on.call()
  },
}

const abandonCases: TransportCases = {
  'gives the place back, once, when no call comes of it': async (on) => {
    assert(on.rig.abandon)
    await on.rig.abandon(on.stage)
    await on.until(() => on.left >= on.asked, 'the place')
    assert.deepEqual([on.left, on.taken], [on.asked, []])
  },
}

const dropCases = ({ dropped = 'error' }: TransportContractInit): TransportCases => ({
  'says with a code that the far end is gone without a word': async (on) => {
    const call = await on.call()
    await call.far.drop()
    await on.until(() => call.end !== undefined, 'the end of the frames')
    const error = call.end?.error
    if (dropped === 'complete') return assert.equal(error, undefined)
    assert(error instanceof VoxgraphError, 'it has no code')
    return on.note(error.message)
  },
  'goes on with a call when another breaks': async (on) => {
    const [one, other] = [await on.call(), await on.call()]
    await one.far.drop()
    await on.until(() => one.end !== undefined, 'the end of the one')
    assert.equal(one.end?.error === undefined, dropped === 'complete')
    await other.speak(low, saidMs)
    await on.until(async () => (await other.heardMs(low)) >= saidMs - on.slackMs, 'the sound')
    assert.equal(other.end, undefined)
  },
})

const closeCases: TransportCases = {
  'goes on with calls when it is closed, and takes no more': async (on) => {
    const call = await on.call()
    await on.stage.listener.close()
    assert.notEqual(await refusalOf(on.rig.connect(on.stage)), '')
    await call.speak(low, saidMs)
    await on.until(async () => (await call.heardMs(low)) >= saidMs - on.slackMs, 'the sound')
    assert.equal(call.end, undefined)
    assert.equal(on.taken.length, 1)
  },
}
