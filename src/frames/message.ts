import { draftHeader, kind, type FrameBase, type FrameKind, type Json } from './frame.ts'

/** A message of the application, in from the caller's device (user lane) or out to it (bot lane). */
export interface MessageFrame extends FrameBase<'message', 'user' | 'bot'> {
  readonly name: string
  readonly data: Json
}

/** What `message()` takes; `lane` is `user` for one that came in, `bot` for one to send. */
export interface MessageInit {
  readonly name: string
  readonly data: Json
  readonly lane: 'user' | 'bot'
}

declare module './frame.ts' {
  interface FrameKinds {
    message: MessageFrame
  }
}

/** Catalogue entry of `message`. */
export const messageKind: FrameKind<'message', MessageInit> = kind({
  type: 'message',
  lane: { lanes: ['user', 'bot'], of: (init) => init.lane },
  routing: 'payload',
  properties: { name: { type: 'string' }, data: {} },
  fields: (init) => ({
    name: init.name,
    data: init.data,
  }),
})

/** Drafts a message of the application. */
export const message = (init: MessageInit): MessageFrame => messageKind.build(draftHeader, init)
