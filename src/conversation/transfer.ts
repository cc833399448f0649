import type { Host } from '../kernel/host.ts'

/** A phone number (E.164) or a queue; what stands in a graph is checked before any call. */
const isDestination = /^(\+\d{3,15}|queue:[^\p{Cc}]{1,100})$/u

/**
 * Gives the call to somebody outside. Where the destination is a variable, a model may have set it: what is
 * neither a number nor a queue never comes to a telephone.
 * @throws what the transport throws
 */
export async function transfer(host: Host, destination: string): Promise<void> {
  if (!isDestination.test(destination)) throw new Error('it is neither a phone number nor a queue')
  await host.transfer(destination)
}
