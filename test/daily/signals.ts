/** What the stand-in call machine in a page and the stand-in of Daily's servers say to each other. Types only. */

/** Somebody in a room. */
export interface Guest {
  readonly id: string
  readonly name: string
  readonly kind: string
}

/** Who may be heard: everybody or nobody, and exceptions. */
export interface CanReceive {
  readonly base?: boolean | { readonly audio?: boolean }
  readonly byParticipantId?: Readonly<Record<string, boolean | { readonly audio?: boolean }>>
}

/** From the machine. */
export type ToStandIn =
  | { readonly type: 'join'; readonly room: string; readonly token: string; readonly name: string }
  | { readonly type: 'rtc'; readonly to: string; readonly data: unknown }
  | { readonly type: 'app'; readonly to: unknown; readonly data: unknown }
  | { readonly type: 'permissions'; readonly of: string; readonly canReceive: CanReceive }
  /** Something that Daily's servers do: dial, send keys, transfer. */
  | {
      readonly type: 'ask'
      readonly stamp: string
      readonly asked: Readonly<Record<string, unknown>>
    }

/** To the machine. */
export type FromStandIn =
  | {
      readonly type: 'welcome'
      readonly id: string
      readonly guests: readonly Guest[]
      readonly canReceive: CanReceive | undefined
    }
  /** Refused, or put out. */
  | { readonly type: 'error'; readonly kind: string; readonly reason: string }
  | { readonly type: 'joined'; readonly guest: Guest }
  | { readonly type: 'gone'; readonly id: string }
  | { readonly type: 'rtc'; readonly from: string; readonly data: unknown }
  | { readonly type: 'app'; readonly from: string; readonly data: unknown }
  | { readonly type: 'permissions'; readonly canReceive: CanReceive }
  | {
      readonly type: 'answer'
      readonly stamp: string
      readonly answer: Readonly<Record<string, unknown>>
    }
  /** An event that daily-js passes on as it is. */
  | { readonly type: 'event'; readonly event: Readonly<Record<string, unknown>> }
