/** Whom Daily can call: a number with its country, or a SIP address. */
const isAddress = /^(\+\d{3,15}|sip:[^\s\p{Cc}]{1,200})$/u

/**
 * Where a call is given to: `queue:<name>` is looked up, everything else is an address.
 *
 * @param queues addresses by the name of a queue
 * @throws Error when it is neither a number nor a SIP address, or a queue that has none
 */
export function destinationOf(given: string, queues: Readonly<Record<string, string>>): string {
  const queue = /^queue:(.*)$/su.exec(given)?.[1]
  const address = queue === undefined ? given : Object.hasOwn(queues, queue) && queues[queue]
  if (address && isAddress.test(address)) return address
  throw new Error(
    queue === undefined
      ? 'it is neither a phone number nor a SIP address'
      : `there is no address for the queue "${queue}": see "queues" of the transport`,
  )
}
