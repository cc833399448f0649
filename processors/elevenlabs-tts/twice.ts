import type { ElevenLabsMessage } from './read-message.ts'

type Piece = Pick<ElevenLabsMessage, 'sound' | 'characters'>

/**
 * Sees what came twice, one behind the other. Pieces of speech are never alike; pieces of silence are, where
 * nothing of the text lies in them.
 */
export function createTwice(): (message: string, piece: Piece) => boolean {
  let last = ''
  return (message, { sound, characters }) => {
    const isAgain = message === last
    last = message
    const isPause = isSilence(sound) && (characters?.chars.length ?? 0) === 0
    return isAgain && !isPause
  }
}

const isSilence = (sound: Uint8Array | undefined): boolean =>
  sound?.every((byte) => byte === sound[0]) === true
