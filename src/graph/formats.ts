import type { AudioFormatSpec, OptionRef } from '../define/index.ts'
import type { AudioFormat } from './plan.ts'
import type { ReadyMember, ReadyNode } from './ready-node.ts'

/** A form of sound with options put in; what is left out is free. */
export interface FormatWish {
  readonly sampleRate: number | undefined
  readonly channels: number | undefined
  readonly encoding: AudioFormat['encoding']
}

/**
 * Forms that a port takes or gives, best first; undefined when its manifest names none. What may take the place
 * of the node gets the same sound, so only forms count that all of them have; the runtime converts what a voice
 * gives that stands in for another.
 */
export function wishesOf(
  node: ReadyNode,
  side: 'in' | 'out',
  port: string,
): readonly FormatWish[] | undefined {
  const own = ownWishesOf(node, side, port)
  if (side === 'out' && node.manifest.kind === 'tts') return own
  return node.fallback.reduce((left, member) => {
    const common = commonWishes(left, ownWishesOf(member, side, port), side)
    // That there is none is reported for the member.
    return common?.length === 0 ? left : common
  }, own)
}

/** Forms of one processor, whatever may take its place. */
export function ownWishesOf(
  { manifest, options }: ReadyMember,
  side: 'in' | 'out',
  port: string,
): readonly FormatWish[] | undefined {
  const formats = manifest.ports[side][port]?.formats
  if (formats === undefined || formats.length === 0) return undefined
  return formats.map((format) => wishOf(format, options))
}

/** Forms that two of them have, in the order of the first; undefined when neither names one. */
export function commonWishes(
  one: readonly FormatWish[] | undefined,
  other: readonly FormatWish[] | undefined,
  side: 'in' | 'out',
): readonly FormatWish[] | undefined {
  // An input that names none takes what is linear; an output that names none gives what came in.
  const isOpen = one === undefined || other === undefined
  if (isOpen && (side === 'out' || one === other)) return one
  const [left, right] = [one ?? anyPcm, other ?? anyPcm]
  return left.flatMap((wish) =>
    right.flatMap(({ sampleRate, channels, encoding }) => {
      const rate = wish.sampleRate ?? sampleRate
      const count = wish.channels ?? channels
      const fits =
        wish.encoding === encoding && (sampleRate ?? rate) === rate && (channels ?? count) === count
      return fits ? [{ sampleRate: rate, channels: count, encoding }] : []
    }),
  )
}

/** One form with options put in. */
export function wishOf(
  { sampleRate, channels, encoding }: AudioFormatSpec,
  options: Readonly<Record<string, unknown>>,
): FormatWish {
  const rate = Number(valueOf(sampleRate, options))
  const written = valueOf(encoding, options)
  return {
    sampleRate: Number.isFinite(rate) && rate > 0 ? rate : undefined,
    channels,
    encoding: written === 'mulaw' ? 'mulaw' : 'pcm',
  }
}

const valueOf = <T>(value: T | OptionRef, options: Readonly<Record<string, unknown>>): unknown =>
  typeof value === 'object' && value !== null && 'option' in value ? options[value.option] : value

/** What an input without formats takes: linear sound of any rate. */
export const anyPcm: readonly FormatWish[] = [
  { sampleRate: undefined, channels: undefined, encoding: 'pcm' },
]

/** True when sound of this format is one of the forms. */
export const accepts = (wishes: readonly FormatWish[], format: AudioFormat): boolean =>
  wishes.some(
    (wish) =>
      wish.encoding === format.encoding &&
      (wish.sampleRate ?? format.sampleRate) === format.sampleRate &&
      (wish.channels ?? format.channels) === format.channels,
  )

/** The wish with what it leaves free taken from `like`. */
export const settle = (wish: FormatWish, like: AudioFormat): AudioFormat => ({
  sampleRate: wish.sampleRate ?? like.sampleRate,
  channels: wish.channels ?? like.channels,
  encoding: wish.encoding,
})

/** True when both mean the same sound. */
export const sameFormat = (one: AudioFormat, other: AudioFormat): boolean =>
  one.sampleRate === other.sampleRate &&
  one.channels === other.channels &&
  one.encoding === other.encoding

/** `8000 Hz mulaw`, `16000 Hz pcm, 2 channels`. */
export function formatName({ sampleRate, channels, encoding }: FormatWish | AudioFormat): string {
  const rate = sampleRate === undefined ? 'any rate' : `${sampleRate} Hz`
  const sound = `audio of ${rate} ${encoding}`
  return channels === undefined || channels === 1 ? sound : `${sound}, ${channels} channels`
}
