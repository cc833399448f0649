import type { FaultName } from './emulator.ts'
import { hugeLength, type EmulatorServer, type Peer } from './server.ts'

/** What an emulator of a socket says in its vendor's words when an answer goes wrong. */
export interface AnswerSpoiler {
  readonly server: EmulatorServer
  readonly peer: Peer
  /** Says that the answer is complete. */
  finish(): void
  /** Says that it failed, with a status. */
  fail(status: number): void
  /** Nothing more of the answer is sent. */
  stop(): void
  /** From now on every message is sent twice. */
  double(): void
}

/** Lets a fault happen in the middle of an answer on a socket; `drip` is the sender's own affair. */
export async function spoilAnswer(fault: FaultName, on: AnswerSpoiler): Promise<void> {
  const { server, peer } = on
  const fail = (status: number): void => {
    on.fail(status)
    on.stop()
  }
  switch (fault) {
    case 'drip':
      return
    case 'duplicate':
      return on.double()
    case 'wrong-order':
      return on.finish()
    case 'stall':
      return server.healed
    case 'half-open':
      return peer.freeze()
    case 'garbage':
      return peer.send('{"type":')
    case 'huge':
      return peer.send('x'.repeat(hugeLength))
    case 'abrupt-close':
    case 'refuse':
      return peer.socket.terminate()
    case 'clean-end':
      on.finish()
      return on.stop()
    case 'unauthorized':
      return fail(401)
    case 'rate-limit':
      return fail(429)
    case 'overloaded':
      return fail(503)
    case 'error-mid-stream':
      return fail(500)
  }
}
