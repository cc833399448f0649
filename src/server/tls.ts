import { readFile } from 'node:fs/promises'
import { createSecureContext } from 'node:tls'
import { fileFault } from '../audio/file-fault.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'

/** A certificate and its key, PEM. */
export interface Tls {
  readonly cert: string
  readonly key: string
}

/**
 * Reads a certificate and its key from PEM files.
 * @throws VoxgraphError `tls-unreadable`, or `tls-invalid` where the two do not belong together
 */
export async function readTls(certFile: string, keyFile: string): Promise<Tls> {
  const [cert, key] = await Promise.all([readPem(certFile), readPem(keyFile)])
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new VoxgraphError('tls-invalid', { cert: certFile, key: keyFile, reason }, { cause })
  }
  return { cert, key }
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new VoxgraphError('tls-unreadable', { file, reason: fileFault(cause) }, { cause })
  }
}
