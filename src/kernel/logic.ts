import { Subject, type Observable } from 'rxjs'
import type { Handlers, Out, Ports, Signal, StreamFunction } from '../define/index.ts'
import type { Frame } from '../frames/index.ts'
import type { Host } from './host.ts'
import type { Handler, Logic } from './node.ts'

type AnyHandlers = Handlers<Ports, Ports>

/** Where what the caller has typed comes in, at whoever gives it to the floor. No port can be called so. */
export const typedPort = '(typed)'

/** Turns what `setup` returned into what the kernel calls. */
export function logicOf(made: unknown, ports: readonly string[], host: Host): Logic {
  return typeof made === 'function'
    ? streamLogic(made as StreamFunction, ports, host)
    : handlerLogic((made ?? {}) as AnyHandlers, ports)
}

function handlerLogic(made: AnyHandlers, ports: readonly string[]): Logic {
  const handlers: Record<string, Handler | undefined> = {}
  for (const port of [...ports, typedPort]) {
    const handler: unknown = made[port]
    if (typeof handler === 'function') handlers[port] = handler.bind(made) as Handler
  }
  const { signal, close, audience } = made as Partial<Logic>
  return { handlers, signal: signal?.bind(made), close: close?.bind(made), audience }
}

/**
 * The whole-stream form: one Subject in, one subscription out, made here and once. What comes out while
 * a frame goes in was caused by that frame; what comes out later, by the last one that went in.
 */
function streamLogic(stream: StreamFunction, ports: readonly string[], host: Host): Logic {
  const input = new Subject<Frame>()
  let inHand: Frame | undefined
  let isEnded = false
  let isFinished = false
  const finished = new Promise<void>((resolve) => {
    const finish = (): void => {
      isFinished = true
      resolve()
    }
    const output: Observable<Out> = stream(input.asObservable())
    const subscription = output.subscribe({
      next: (out) => host.emit(out, inHand),
      error: (thrown: unknown) => {
        host.fail(thrown)
        finish()
      },
      complete: finish,
    })
    host.signal.addEventListener(
      'abort',
      () => {
        subscription.unsubscribe()
        finish()
      },
      { once: true },
    )
  })
  host.keepAwake(() => (isEnded && !isFinished ? finished : undefined))

  const take = (frame: Frame): void => {
    inHand = frame
    input.next(frame)
  }
  const handlers: Record<string, Handler> = {}
  for (const port of ports) handlers[port] = take
  return {
    handlers,
    signal: (frame: Signal) => {
      take(frame)
      if (frame.type !== 'end') return
      isEnded = true
      input.complete()
    },
    close: undefined,
  }
}
