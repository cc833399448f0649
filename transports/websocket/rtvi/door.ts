import type { WebSocket } from 'ws'
import { loadResamplerEngine, type Clock, type Connection, type Site } from 'voxgraph/plugin'
import type { CallerLimits } from '../call-line.ts'
import type { Gate } from '../gate.ts'
import type { Proven } from '../jwt.ts'
import type { WireAudio } from '../protocol.ts'
import { openBootstrap } from './bootstrap.ts'
import { callVariables, queryOf } from './call-variables.ts'
import type { RtviOptions } from './options.ts'
import { decodePipecat, encodePipecat } from './pipecat-frame.ts'
import { connectRtviCaller } from './rtvi-caller.ts'
import { lastWords, writeRtvi } from './rtvi-message.ts'

/** A Pipecat client that was let in. */
export interface RtviGuest {
  readonly socket: WebSocket
  readonly clock: Clock
  readonly audio: WireAudio
  readonly limits: Omit<CallerLimits, 'bytesPerSecond'>
  /** Path and query of its request. */
  readonly url: string
  readonly first: Buffer
  /** What it has proven of itself. */
  readonly proven: Proven
}

/** What the server of the transport needs to serve Pipecat clients. */
export interface RtviDoor {
  /** Opens the routes of their bootstrap. */
  open(site: Site, path: string, gate: Gate): void
  /** True when the first message of a connection is one of theirs. */
  knows(first: Buffer): boolean
  /** Why one of them is sent away, as it understands it. */
  explain(reason: string): Uint8Array
  connect(guest: RtviGuest): Connection
}

/** Bytes per second of the fastest microphone: 16-bit, 48 kHz. */
const microphoneBytes = 96_000

/** Makes a door; undefined where Pipecat clients are not served. */
export async function openRtviDoor(
  options: RtviOptions,
  maxSpeed: number,
): Promise<RtviDoor | undefined> {
  if (!options.enabled) return undefined
  const engine = await loadResamplerEngine()
  return {
    open: openBootstrap,
    knows: (first) => ['audio', 'message'].includes(decodePipecat(first).kind),
    explain: (reason) => encodePipecat({ kind: 'message', data: writeRtvi(lastWords(reason), 1) }),
    connect: ({ url, limits, proven, ...guest }) =>
      connectRtviCaller({
        ...guest,
        engine,
        options,
        limits: { ...limits, bytesPerSecond: microphoneBytes * maxSpeed },
        call: { ...callVariables(queryOf(url)), ...proven },
      }),
  }
}
