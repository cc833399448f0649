import { createPacer, type Pacer } from '../audio/pacer.ts'
import type { Connection, Handlers, Ports, Signal } from '../define/index.ts'
import { interrupt, playout, transcript, type Frame, type FrameOf } from '../frames/index.ts'
import { reasonOf } from '../errors/index.ts'
import { createByHand } from './by-hand.ts'
import type { Host } from './host.ts'

/** How far ahead of what the caller hears sound is handed over, in ms, unless a connection says otherwise. */
const leadMs = 200
/** Longest text that a caller may type at a time, in UTF-16 units; the rest is cut off. */
const longestTyped = 4000

type Sent = FrameOf<'audio'> | FrameOf<'dtmf'> | FrameOf<'message'>

/**
 * A transport in a session: what the caller sends comes out of its outputs, what arrives at its inputs
 * goes to the caller, sound at the pace of hearing. It says what was heard with `playout` facts; one
 * with span 0 says that a whole response is over. `interrupt` holds, plays on and cuts here, in the tick
 * in which it is emitted.
 */
export function transportNode(
  host: Host,
  connection: Connection,
  { out: outputs }: { readonly out: Ports },
): Handlers<Ports, Ports> {
  const pacer = pacerOf(host, connection)
  const hungUp = (reason: string): void => {
    // Nobody is left to hear it; what the caller said last still goes through.
    host.emit(interrupt({ reason }))
    host.end(reason)
  }
  const isTaken = createByHand(host.clock, host.log)
  const caller = connection.frames.subscribe({
    next: (frame: Frame) => {
      if (frame.type === 'dtmf' && !isTaken('key')) return
      if (!isTyped(frame, outputs)) host.emit({ port: frame.type, frame })
      else if (frame.final && isTaken('typed')) host.write(typedBy(frame))
    },
    error: (thrown: unknown) => {
      host.log.warn(`the connection broke: ${reasonOf(thrown)}`)
      hungUp('the connection broke')
    },
    complete: () => hungUp('the caller hung up'),
  })
  host.keepAwake(() => pacer.idle())
  host.whenEnding(() => pacer.release())

  const take = (frame: Sent, signal: AbortSignal): Promise<void> | undefined => {
    if (host.isCut(frame.response)) {
      host.countStale()
      return undefined
    }
    if (frame.type === 'audio') return pacer.push(frame, signal)
    connection.send(frame)
    return undefined
  }
  return {
    audio: (frame: Frame, ctx) => take(frame as Sent, ctx.signal),
    dtmf: (frame: Frame, ctx) => take(frame as Sent, ctx.signal),
    message: (frame: Frame, ctx) => take(frame as Sent, ctx.signal),
    signal(frame: Signal) {
      if (frame.type === 'response' && frame.state === 'ended') finish(host, pacer, frame.response)
      if (frame.type === 'interrupt') interrupted(host, pacer, frame)
    },
    close() {
      caller.unsubscribe()
      pacer.close()
      return connection.close('the call is over')
    },
  } as Handlers<Ports, Ports>
}

/** Nothing more comes for a response: it is over when the last of it has been heard. */
function finish(host: Host, pacer: Pacer, number: number): void {
  pacer.finish(number)
  const over = (): void => {
    const whole = { state: 'stopped', span: 0, of: number, heardMs: 0 } as const
    if (!host.isCut(number)) host.emit(playout(whole))
  }
  const heard = pacer.idle()
  if (heard === undefined) over()
  else void heard.then(over)
}

/** Words have an output only where the far end has a recogniser of its own; all others were typed. */
const isTyped = (frame: Frame, outputs: Ports): frame is FrameOf<'transcript'> =>
  frame.type === 'transcript' && (frame.typed !== undefined || !('transcript' in outputs))

/** What a caller has typed, as a draft; nothing else that came with it is believed. */
function typedBy({ text: all, language }: FrameOf<'transcript'>): FrameOf<'transcript'> {
  const text = all.slice(0, longestTyped).toWellFormed()
  return transcript({ text, final: true, language, typed: true })
}

function pacerOf(host: Host, connection: Connection): Pacer {
  return createPacer({
    clock: host.clock,
    leadMs: connection.leadMs ?? leadMs,
    play: (frame) => connection.play(frame),
    clear: () => connection.clear(),
    played: connection.played && (() => connection.played?.() ?? 0),
    onPlayout: (init) => host.emit(playout(init)),
    onFigure: (name, value) => host.metric(name, value, name === 'underruns' ? 'count' : 'ms'),
  })
}

/**
 * An interruption as the sink obeys it: it stops at once, and knows later whether it was one. A call that
 * is ending is held no more, since it would wait for the held sound.
 */
function interrupted(host: Host, pacer: Pacer, { phase, through }: FrameOf<'interrupt'>): void {
  if (phase === 'confirm') pacer.clear(through)
  else if (phase === 'reject') pacer.release(through)
  else if (!host.isEnding()) pacer.hold(through)
}
