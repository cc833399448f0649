import { defineProcessor } from 'voxgraph/plugin'
import { Guard } from './guard.ts'
import { options } from './options.ts'
import { rulesOf } from './rules.ts'

/**
 * Sees to it that a voice says nothing that is not to be said: stands between a brain and a TTS, in front of
 * whatever changes the text. Holds a sentence (2,000 characters at most) until its end where a rule may
 * block it, else only what may be part of a match, until more of the span comes, the next one begins or the
 * response ends; what is held of a cut response is forgotten. Text without a span is one sentence until its
 * response ends; text of no response, and a transcript, is a sentence by itself. Only responses whose
 * beginning it has seen are spoken: when it fails in the middle of one, the rest of that is silence.
 */
export default defineProcessor({
  id: 'speech-guard',
  summary: 'Withholds sentences that must not be said, and masks card numbers and the like.',
  role: 'filter',
  safety: true,
  ports: {
    in: { text: { type: 'text', many: true } },
    out: { text: { type: 'text' } },
  },
  options,
  setup({ options: given, log, metric }) {
    const { say } = given
    const report = {
      masked(rule: string) {
        metric('masked', 1, 'count')
        log.info('masked something', { rule })
      },
      blocked(rule: string) {
        metric('blocked', 1, 'count')
        log.warn('withheld a sentence and what came after it', { rule })
      },
    }
    const guard = new Guard({ rules: rulesOf(given), say, report })
    return {
      text: (frame) => (frame.type === 'text' ? guard.text(frame) : guard.transcript(frame)),
      signal(frame) {
        if (frame.type === 'interrupt' && frame.phase === 'confirm') guard.cut(frame.through)
        if (frame.type !== 'response') return undefined
        if (frame.state === 'ended') return guard.end(frame.response)
        guard.begin(frame.response)
        return undefined
      },
    }
  },
})
