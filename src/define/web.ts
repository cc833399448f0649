import type { IncomingHttpHeaders } from 'node:http'
import type { WebSocket } from 'ws'
import type { JsonSchema } from '../schema/json-schema.ts'

/** A request that was read to its end. */
export interface WebRequest {
  readonly method: string
  /** Path and query as they came: `/front-desk/twilio?attempt=2`. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Empty where there is none; at most `maxBody` bytes of the route. */
  readonly body: string
  /** Address of the peer, or what a trusted proxy says it is. */
  readonly remote: string
}

/** Answer to a request. */
export interface WebResponse {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** Answers requests of one method to one path. */
export interface WebRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS'
  /** Begins with `/`; stands below the path of the site. */
  readonly path: string
  /** Longest body in bytes; 65,536 unless given. A longer one is answered with 413, unread. */
  readonly maxBody?: number
  /** What it throws is answered with 500, logged, and disturbs nobody else. */
  readonly answer: (request: WebRequest) => WebResponse | Promise<WebResponse>
}

/** A client that asks for a WebSocket and has got no answer yet. */
export interface WebUpgrade {
  readonly request: Omit<WebRequest, 'body'>
  /** Opens the socket. May be called once; nothing happens when the client has gone. */
  accept(init: WebSocketInit, opened: (socket: WebSocket) => void): void
  /** Answers with a status instead, and closes the connection. */
  refuse(response: WebResponse): void
}

/** How a socket is opened. */
export interface WebSocketInit {
  /** Longest message in bytes; a longer one closes the socket with 1009, unread. */
  readonly maxMessage: number
  /** The subprotocol that is agreed upon where the client offers it. */
  readonly protocol?: string
}

/** Where a transport answers: a listener of its own, or its part of the one that the process has. */
export interface Site {
  /** Where it is reached on this machine: `http://127.0.0.1:8765/front-desk`, without a slash at the end. */
  readonly address: string
  /**
   * Where the world reaches it, as it was configured: `https://voice.example.com/front-desk`. The address where
   * nothing was. Never taken from what a request says.
   */
  readonly publicAddress: string
  route(route: WebRoute): void
  /** Takes every upgrade to `path` (below the path of the site); who asks for another is answered with 404. */
  socket(path: string, upgraded: (upgrade: WebUpgrade) => void): void
  /**
   * Takes no more requests and frees the address. Sockets that are open are not touched. Resolves when the
   * port is free.
   */
  close(): Promise<void>
}

/** The HTTP of the process, as a transport meets it. */
export interface Web {
  /**
   * Opens a site. `at` says where, unless the process has one listener for all (`voxgraph serve`): then the
   * site stands there, below the name of its graph.
   * @throws VoxgraphError `address-in-use` or `address-refused`
   */
  open(at: { readonly host: string; readonly port: number }): Promise<Site>
}

/** Options of a transport that opens a site: where it listens, unless the process has one listener for all. */
export const siteOptions = {
  host: {
    type: 'string',
    minLength: 1,
    default: '127.0.0.1',
    description: 'Address to listen on; 0.0.0.0 lets other machines in.',
  },
  port: {
    type: 'integer',
    minimum: 0,
    maximum: 65_535,
    default: 0,
    description: 'Port to listen on; 0 takes a free one.',
  },
} as const satisfies Readonly<Record<string, JsonSchema>>

/** A value as JSON, which nobody on the way keeps. */
export const jsonResponse = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): WebResponse => ({
  status,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
  body: JSON.stringify(value),
})
