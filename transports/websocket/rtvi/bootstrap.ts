import { jsonResponse, type Site, type WebRequest, type WebResponse } from 'voxgraph/plugin'
import { faultTexts, tokenOf, type Gate } from '../gate.ts'
import { callVariables } from './call-variables.ts'

/** Longest body in bytes: some variables of a call. */
const maxBody = 8192
/** How long a browser may remember what it may ask from another origin, in seconds. */
const preflightAge = 600

/**
 * Opens `POST <path>connect`, where a client asks before it connects (`startBotAndConnect`): it answers with the
 * address of the socket. Texts and numbers in the body become variables of the call.
 */
export function openBootstrap(site: Site, gatePath: string, gate: Gate): void {
  const path = `${gatePath.replace(/\/$/, '')}/connect`
  const address = `${site.publicAddress.replace(/^http/, 'ws')}${gatePath}`
  const answer = async (request: WebRequest): Promise<WebResponse> => {
    const response = await bootstrap(request, gate, address)
    if (response.status === 403) return response
    return { ...response, headers: { ...response.headers, ...crossOrigin(request) } }
  }
  site.route({ method: 'POST', path, maxBody, answer })
  site.route({ method: 'OPTIONS', path, maxBody: 0, answer })
}

async function bootstrap(request: WebRequest, gate: Gate, address: string): Promise<WebResponse> {
  const answer = await gate.ask(request)
  if ('refused' in answer) {
    const { refused } = answer
    return refused.status === 403
      ? jsonResponse(403, { info: 'pages of this origin may not ask' })
      : refused
  }
  if (request.method === 'OPTIONS') return { status: 204 }
  // Nobody can bring it later here.
  const info = faultTexts['token-missing']
  if (answer.proven === undefined) return jsonResponse(401, { error: 'token-missing', info })
  const token = tokenOf(request)
  const asked = request.body === '' ? {} : parse(request.body)
  if (asked === undefined) return jsonResponse(400, { info: 'the body is not a JSON object' })
  const query = new URLSearchParams(callVariables(Object.entries(asked))).toString()
  const wsUrl = query === '' ? address : `${address}?${query}`
  return jsonResponse(200, { wsUrl, ...(token !== undefined && { token }) })
}

/** A page that may connect may ask from where it is, too. */
function crossOrigin({ headers }: WebRequest): Readonly<Record<string, string>> {
  const { origin } = headers
  if (origin === undefined) return {}
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Headers': 'authorization, content-type',
    'Access-Control-Max-Age': String(preflightAge),
    Vary: 'Origin',
  }
}

function parse(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
