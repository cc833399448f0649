import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as dial, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLiveClock, loadGraph, runProgram } from 'voxgraph'
import type { WebRoute } from 'voxgraph/plugin'
import { createWeb } from 'voxgraph/testing'

/** A desk that greets, answers two questions, and calls nobody. */
const graph = `version: 1
name: desk
nodes:
  phone: websocket
  vad: webrtc-vad
  stt:
    use: pocketsphinx-stt
    with: { interim: false, phrases: [when is breakfast, tell me about the hotel] }
  llm:
    use: script-llm
    with:
      start: Hello.
      rules:
        - { on: when is breakfast, say: Breakfast is from seven to ten. }
        - on: tell me about the hotel
          say: >-
            We are a small hotel, right by the harbour. We have forty rooms on three floors, and nearly all
            of them look out over the sea. The pool is on the roof, and it is heated all year round. In the
            evening our restaurant serves fish from the market.
      otherwise: Sorry?
  tts: flite-tts
flow: phone -> vad -> stt -> llm -> tts -> phone
`

/** A server in real time. */
export interface DeskServer {
  /** Of the line that can be cut: `http://127.0.0.1:1234`. */
  readonly origin: string
  /** Variables of the calls there have been. */
  readonly vars: readonly Readonly<Record<string, unknown>>[]
  /** Breaks every connection without a word; nobody gets through until `mend`. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/**
 * Serves the desk on loopback, behind a line that can be cut.
 *
 * @param files what a browser gets at the same address, by path
 */
export async function serveDesk(files: readonly WebRoute[] = []): Promise<DeskServer> {
  const folder = await mkdtemp(join(tmpdir(), 'voxgraph-client-'))
  await writeFile(join(folder, 'desk.yaml'), graph)
  const vars: Readonly<Record<string, unknown>>[] = []
  const nothing = (): void => undefined
  const calls = runProgram(await loadGraph(join(folder, 'desk.yaml')), {
    clock: createLiveClock(),
    web: {
      async open(at) {
        const site = await createWeb().open(at)
        for (const file of files) site.route(file)
        return site
      },
    },
    inspect: true,
    log: { debug: nothing, info: nothing, warn: nothing },
    observe: (event) => {
      if (event.type === 'session.started') vars.push(event.vars)
    },
  })
  const { address } = await calls.listen()
  const line = await openCable(Number(new URL(address).port))
  return {
    origin: `http://127.0.0.1:${line.port}`,
    vars,
    cut: line.cut,
    mend: line.mend,
    async close() {
      line.close()
      await calls.close('the test is over')
      await rm(folder, { recursive: true })
    },
  }
}

interface Cable {
  readonly port: number
  cut(): void
  mend(): void
  close(): void
}

/** A port that leads to another one, until it is cut. */
async function openCable(to: number): Promise<Cable> {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return void near.destroy()
    const far = dial(to, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    isCut = true
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    mend: () => void (isCut = false),
    close() {
      cut()
      server.close()
    },
  }
}
