import type { Handlers, Heard, Ports, Signal, SttDefinition, SttStream } from '../define/index.ts'
import { transcript, turn, type AudioFrame, type Frame } from '../frames/index.ts'
import type { Host } from '../kernel/host.ts'
import type { ProviderSetup } from '../kernel/supervisor.ts'

/** A recogniser in a session: feeds its stream, and says what it hears. */
export async function sttNode(
  host: Host,
  setup: ProviderSetup<SttDefinition>,
): Promise<Handlers<Ports, Ports>> {
  const [member] = setup.members
  if (member === undefined) throw new Error('a recogniser without members')
  const { options, shared } = await member.prepare()
  const { node, clock, log, signal, metric, usage } = host
  const ctx = { options, shared, node, clock, log, signal, metric, usage }
  const stt = await member.definition.setup(ctx as never)
  const edge = setup.plan.edges.find(({ to }) => to.node === node)
  const format = edge?.format ?? { sampleRate: 16_000, encoding: 'pcm' as const }
  const stream: SttStream = await stt.open({
    format,
    signal,
    heard: (event) => host.emit(frameOf(event)),
    failed: (thrown) => host.fail(thrown),
  })
  return {
    audio: ({ samples }: AudioFrame) => stream.push(samples),
    signal(frame: Signal) {
      if (frame.type === 'speech' && frame.state === 'stopped') stream.finish?.()
    },
    async close() {
      await stream.close()
      await stt.close?.()
    },
  } as Handlers<Ports, Ports>
}

function frameOf(event: Heard): Frame {
  const { text } = event
  switch (event.type) {
    case 'turn':
      return turn({ state: event.state, text, ...pick(event, 'probability') })
    case 'interim':
      return transcript({ text, final: false, ...pick(event, 'language'), ...pick(event, 'words') })
    case 'final': {
      const said = {
        ...pick(event, 'confidence'),
        ...pick(event, 'language'),
        ...pick(event, 'words'),
      }
      return transcript({ text, final: true, ...said })
    }
  }
}

/** The entry, where there is one. */
const pick = <T extends object, K extends keyof T>(from: T, key: K): Partial<Pick<T, K>> =>
  from[key] === undefined ? {} : ({ [key]: from[key] } as unknown as Pick<T, K>)
