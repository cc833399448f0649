import { defineProcessor, type Clock, type Signal } from 'voxgraph/plugin'
import { createBotLedger, type BotLedger, type Entry } from './entries.ts'
import { createLineWriter } from './line-writer.ts'

export type { BotEntry, Entry, HandoffEntry } from './entries.ts'

/**
 * Writes what was said and done in a call, one JSON object per line (see `Entry`). Lines are appended as
 * soon as they are known; a file that is there is continued. When it cannot be written that is one error,
 * `log-unwritable`.
 */
export default defineProcessor({
  id: 'transcript-log',
  summary: 'Writes what was said, heard and done in a call to a JSONL file.',
  role: 'sink',
  ports: { in: { text: { type: 'text', main: true, many: true } } },
  options: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: {
      path: {
        type: 'string',
        minLength: 1,
        'x-output-path': true,
        'x-template': true,
        description: 'File to append to, for example audit/{{call.id}}.jsonl. Folders are made.',
      },
      tools: {
        type: 'boolean',
        default: true,
        description:
          'Whether tool calls are logged, with their arguments and results, and what agents pass on.',
      },
    },
  },
  async setup({ options, clock }) {
    const writer = await clock.work(createLineWriter(options.path))
    const ledger = createBotLedger()
    let startedAt = 0
    const log = (entries: readonly Entry[]): Promise<void> | undefined => {
      let wait: Promise<void> | undefined
      for (const entry of entries) {
        if (entry.kind === 'start') startedAt = entry.at
        wait = writer.write(JSON.stringify({ ...entry, at: Math.round(entry.at - startedAt) }))
      }
      return wait === undefined ? undefined : clock.work(wait)
    }
    return {
      text(frame) {
        if (frame.type === 'text') {
          const entry = ledger.take(frame)
          return entry && log([entry])
        }
        if (!frame.final) return undefined
        const { at, text, speaker, language } = frame
        const more = {
          ...(speaker !== undefined && { speaker }),
          ...(language !== undefined && { language }),
        }
        return log([{ at, kind: 'caller', text, ...more }])
      },
      signal: (frame) => log(entriesOf(frame, { ledger, clock, isLoggingTools: options.tools })),
      async close() {
        try {
          void log(ledger.rest())
        } finally {
          await clock.work(writer.close())
        }
      },
    }
  },
})

interface Noting {
  readonly ledger: BotLedger
  readonly clock: Clock
  readonly isLoggingTools: boolean
}

/** What there is to log about a fact or a control frame. */
function entriesOf(frame: Signal, { ledger, clock, isLoggingTools }: Noting): readonly Entry[] {
  const { at } = frame
  switch (frame.type) {
    case 'playout':
      return ledger.heard(frame)
    case 'correction':
      ledger.correct(frame)
      return []
    case 'start': {
      const time = new Date(clock.wall()).toISOString()
      return [{ at, kind: 'start', session: frame.session, time }]
    }
    case 'interrupt':
      if (frame.phase !== 'confirm') return []
      ledger.cut(frame.through)
      return [{ at, kind: 'interrupt', through: frame.through, reason: frame.reason }]
    case 'response':
      if (frame.state === 'started') ledger.began(frame)
      return []
    case 'handoff': {
      const { state, from, to, reason, pass, context } = frame
      const passed = isLoggingTools && state === 'started' && { pass }
      return [{ at, kind: 'handoff', state, from, to, reason, ...passed, context }]
    }
    case 'end':
    case 'cancel':
      return [{ at, kind: 'end', reason: frame.reason }]
    case 'tool-call': {
      const { response, callId, name } = frame
      if (!isLoggingTools) return []
      return [{ at, kind: 'tool-call', response, callId, name, arguments: frame.arguments }]
    }
    case 'tool-result': {
      if (!isLoggingTools) return []
      return [{ at, kind: 'tool-result', callId: frame.callId, name: frame.name, ...frame.result }]
    }
    default:
      return []
  }
}
