import { Subscription, type SchedulerAction, type SchedulerLike } from 'rxjs'
import type { Clock } from './clock.ts'

/** Shows a clock to RxJS: `timer(20, clock.scheduler)`, `delay(20, clock.scheduler)`. */
export function schedulerOf(clock: Pick<Clock, 'now' | 'after'>): SchedulerLike {
  return {
    now: () => clock.now(),
    schedule<T>(
      work: (this: SchedulerAction<T>, state?: T) => void,
      delayMs = 0,
      state?: T,
    ): Subscription {
      const action = new Subscription() as SchedulerAction<T>
      let pending: Subscription | undefined
      action.schedule = (next?: T, delay = 0) => {
        pending?.unsubscribe()
        const cancel = clock.after(delay, () => {
          if (!action.closed) work.call(action, next)
        })
        pending = new Subscription(cancel)
        action.add(pending)
        return action
      }
      return action.schedule(state, delayMs)
    },
  }
}
