import { ProviderError, refusalError, withoutSecret, type Clock } from 'voxgraph/plugin'

/** How long Daily may take to answer, in ms: as long as Pipecat gives it. */
const answerWithinMs = 10_000
/** Longest answer that is read, in characters: a room is described with some two thousand. */
const longestAnswer = 100_000

/** What `createRest` takes. */
export interface RestInit {
  /** `https://api.daily.co/v1` */
  readonly endpoint: string
  readonly key: string
  readonly clock: Clock
  /** Gives up whatever is asked when it is aborted. */
  readonly signal: AbortSignal
}

/** What a room is to be. */
export interface RoomSpec {
  /** When nobody may be in it any more, in s since 1970. */
  readonly expires: number
  /** Region that it is to be in; Daily chooses unless given. */
  readonly geo: string | undefined
  /** Callers from the telephone are put through to it. */
  readonly dialIn: boolean
  /** Others are called from it. */
  readonly dialOut: boolean
}

/** A room of Daily's. */
export interface Room {
  readonly name: string
  readonly url: string
}

/** Daily's REST API, as far as calls need it. */
export interface Rest {
  /** @throws ProviderError */
  openRoom(spec: RoomSpec): Promise<Room>
  /**
   * A token for one who joins a room.
   * @throws ProviderError
   */
  token(init: {
    readonly room: string
    readonly expires: number
    readonly isOwner: boolean
    readonly name?: string
  }): Promise<string>
  /**
   * Deletes a room, with everybody in it.
   * @throws ProviderError
   */
  closeRoom(name: string): Promise<void>
  /**
   * Puts a caller who is on hold through to a room.
   * @throws ProviderError
   */
  putThrough(init: {
    readonly callId: string
    readonly callDomain: string
    readonly sipUri: string
  }): Promise<void>
}

/** Speaks with Daily's REST API. */
export function createRest(init: RestInit): Rest {
  const ask = (method: 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> =>
    request(init, method, path, body)
  return {
    async openRoom({ expires, geo, dialIn, dialOut }) {
      const sip = { display_name: 'caller', sip_mode: 'dial-in', num_endpoints: 1, video: false }
      const answer = await ask('POST', '/rooms', {
        privacy: 'private',
        properties: {
          exp: expires,
          eject_at_room_exp: true,
          start_video_off: true,
          ...(geo !== undefined && { geo }),
          ...(dialIn && { sip }),
          ...(dialOut && { enable_dialout: true }),
        },
      })
      return { name: textOf(answer, 'name'), url: textOf(answer, 'url') }
    },
    async token({ room, expires, isOwner, name }) {
      const answer = await ask('POST', '/meeting-tokens', {
        properties: {
          room_name: room,
          exp: expires,
          ...(isOwner && { is_owner: true }),
          ...(name !== undefined && { user_name: name }),
        },
      })
      return textOf(answer, 'token')
    },
    async closeRoom(name) {
      await ask('DELETE', `/rooms/${encodeURIComponent(name)}`)
    },
    async putThrough(call) {
      await ask('POST', '/dialin/pinlessCallUpdate', call)
    },
  }
}

type Answer = Readonly<Record<string, unknown>>

async function request(
  { endpoint, key, clock, signal }: RestInit,
  method: string,
  path: string,
  body: object | undefined,
): Promise<Answer> {
  const late = new AbortController()
  const cancel = clock.after(answerWithinMs, () => late.abort())
  const fail = (category: ProviderError['category'], reason: string): ProviderError =>
    new ProviderError(category, { provider: 'daily', reason: withoutSecret(reason, key) })
  try {
    const response = await fetch(`${endpoint}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([signal, late.signal]),
      redirect: 'error',
    })
    const text = await response.text()
    if (!response.ok) {
      const { status, headers } = response
      throw refusalError({
        provider: 'daily',
        status,
        body: text.slice(0, longestAnswer),
        said: infoOf(text),
        contentType: headers.get('content-type'),
        retryAfter: headers.get('retry-after'),
        secret: key,
      })
    }
    if (text.length > longestAnswer) throw fail('server', 'its answer is too long')
    return JSON.parse(text === '' ? '{}' : text) as Answer
  } catch (thrown) {
    if (thrown instanceof ProviderError) throw thrown
    signal.throwIfAborted()
    if (late.signal.aborted) throw fail('timeout', `no answer within ${answerWithinMs} ms`)
    if (thrown instanceof SyntaxError) throw fail('server', 'what came is no JSON')
    const { message, cause } = thrown as Error
    throw fail('connectivity', cause instanceof Error ? cause.message : message)
  } finally {
    cancel()
  }
}

/** Daily's words for a refusal: `{ error, info }`. */
function infoOf(text: string): string | undefined {
  try {
    const { info } = JSON.parse(text) as Answer
    return typeof info === 'string' ? info : undefined
  } catch {
    return undefined
  }
}

function textOf(answer: Answer, name: string): string {
  const value = answer[name]
  if (typeof value === 'string' && value !== '') return value
  const reason = `its answer has no "${name}"`
  throw new ProviderError('server', { provider: 'daily', reason })
}
