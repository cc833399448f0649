import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as dial, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { createLiveClock, loadGraph, runProgram } from 'voxgraph'
import { bundle } from '../../../test/bundle.ts'

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

/** Serves the desk on loopback, behind a line that can be cut. */
export async function serveDesk(): Promise<DeskServer> {
  const folder = await mkdtemp(join(tmpdir(), 'voxgraph-client-'))
  await writeFile(join(folder, 'desk.yaml'), graph)
  const vars: Readonly<Record<string, unknown>>[] = []
  const nothing = (): void => undefined
  const calls = runProgram(await loadGraph(join(folder, 'desk.yaml')), {
    clock: createLiveClock(),
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

/** What is known of a page from outside its client. */
export interface PageTap {
  readonly context: AudioContext | undefined
  /** All that it sounds: peak of each 128 samples, with its time on the clock of the AudioContext in seconds. */
  readonly sounds: readonly (readonly [at: number, peak: number])[]
  /** When it was told to clear, on the same clock. */
  readonly clears: readonly number[]
  /** Text messages it has sent; \`clear\` where one came in. */
  readonly said: readonly { readonly type: string; readonly ms?: number }[]
  /** Bytes of sound that came in the call under way. */
  readonly received: number
}

/** Code in front of the client's that keeps all this. */
const tapCode = `
  const tap = (globalThis.tap = { context: undefined, sounds: [], clears: [], said: [], received: 0 })
  const code = 'registerProcessor("tap", class extends AudioWorkletProcessor { process([[samples]]) {' +
    ' let peak = 0; for (const one of samples ?? []) peak = Math.max(peak, Math.abs(one));' +
    ' this.port.postMessage([currentTime, peak]); return true } })'
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))
  const lead = GainNode.prototype.connect
  GainNode.prototype.connect = function (...to) {
    tap.context = this.context
    void this.context.audioWorklet.addModule(url).then(() => {
      const node = new AudioWorkletNode(this.context, 'tap', { numberOfOutputs: 0 })
      node.port.onmessage = ({ data }) => tap.sounds.push(data)
      lead.call(this, node)
    })
    return lead.apply(this, to)
  }
  const Plain = WebSocket
  globalThis.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given)
      tap.received = 0
      this.addEventListener('message', ({ data }) => {
        if (data instanceof ArrayBuffer) tap.received += data.byteLength
        else if (data === '{"type":"clear"}') {
          tap.clears.push(tap.context.currentTime)
          tap.said.push({ type: 'clear' })
        }
      })
    }
    send(data) {
      if (typeof data === 'string') tap.said.push(JSON.parse(data))
      super.send(data)
    }
  }
`

/** Opens a page of the desk's own origin that has the client as \`voxgraph\`. */
export async function openPage(
  browser: Browser,
  origin: string,
  permissions: readonly string[] = ['microphone'],
): Promise<Page> {
  const context = await browser.newContext({ permissions: [...permissions] })
  const page = await context.newPage()
  await page.addInitScript(tapCode)
  await page.route(`${origin}/page`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><button>Call</button>' }),
  )
  await page.goto(`${origin}/page`)
  const entry = new URL('./index.ts', import.meta.url).pathname
  await page.addScriptTag({ content: await bundle(entry, { globalName: 'voxgraph' }) })
  return page
}
