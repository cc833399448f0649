import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { VoxgraphError } from '../errors/index.ts'
import { pcmToBytes } from '../frames/codec-samples.ts'
import { fileFault } from './file-fault.ts'
import { headerBytes, wavHeader } from './wav-header.ts'

/** What `createWavWriter` takes. */
export interface WavWriterOptions {
  /** Folders that it names are made; a file that is there is written over. */
  readonly path: string
  /** In Hz. */
  readonly sampleRate: number
  /** Interleaved channels; 1 unless given. */
  readonly channels?: number
}

/**
 * Writes linear 16-bit sound to a WAV file as it comes. The file is valid at any time: its header is
 * brought up to date after the samples it counts. What was written last may still be in memory, up to
 * 64 KiB, until `close`.
 */
export interface WavWriter {
  /**
   * Appends interleaved samples, which it copies. Gives a promise to wait for when the disk is more than
   * 1 MiB behind. After a failure it throws once and then does nothing.
   * @throws VoxgraphError `sound-unwritable`
   */
  write(samples: Int16Array): Promise<void> | undefined
  /** Appends silence, `frames` samples per channel; as `write`. Costs no memory, and a hole on the disk. */
  silence(frames: number): Promise<void> | undefined
  /**
   * Writes what is left and closes the file.
   * @throws VoxgraphError `sound-unwritable` when that fails, or when something failed and nobody was told
   */
  close(): Promise<void>
}

/** Bytes that are collected before they are written. */
const batchBytes = 65_536
/** Bytes that may wait before the caller is asked to. */
const longestBacklog = 1_048_576
/** Sizes in the header have 32 bits. */
const longestData = 0xffff_ffff - headerBytes

/**
 * Makes the file with an empty header.
 * @throws VoxgraphError `sound-unwritable`
 */
export async function createWavWriter(options: WavWriterOptions): Promise<WavWriter> {
  const { path } = options
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(path, 'w')
    const writer = new FileWavWriter(file, options)
    await writer.writeHeader()
    return writer
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

class FileWavWriter implements WavWriter {
  readonly #file: FileHandle
  readonly #path: string
  readonly #sampleRate: number
  readonly #channels: number
  /** Samples as bytes, or a number of bytes of silence. */
  #queue: (Uint8Array | number)[] = []
  /** Bytes of samples that wait or are being written. */
  #queued = 0
  /** Bytes of sound that the header counts. */
  #written = 0
  #running: Promise<void> | undefined
  #failure: VoxgraphError | undefined
  #told = false
  #closing: Promise<void> | undefined

  constructor(file: FileHandle, { path, sampleRate, channels = 1 }: WavWriterOptions) {
    this.#file = file
    this.#path = path
    this.#sampleRate = sampleRate
    this.#channels = channels
  }

  write(samples: Int16Array): Promise<void> | undefined {
    if (samples.length === 0) return undefined
    return this.#add(pcmToBytes(samples), samples.byteLength)
  }

  silence(frames: number): Promise<void> | undefined {
    return frames <= 0 ? undefined : this.#add(frames * this.#channels * 2, 0)
  }

  close(): Promise<void> {
    this.#closing ??= this.#finish()
    return this.#closing
  }

  async #finish(): Promise<void> {
    await this.#running
    await this.#drain()
    await this.#file.close().catch((cause: unknown) => this.#fail(cause))
    if (this.#failure !== undefined && !this.#told) {
      this.#told = true
      throw this.#failure
    }
  }

  #add(item: Uint8Array | number, bytes: number): Promise<void> | undefined {
    if (this.#failure !== undefined) {
      if (this.#told) return undefined
      this.#told = true
      throw this.#failure
    }
    if (this.#closing !== undefined) return undefined
    this.#queue.push(item)
    this.#queued += bytes
    if (this.#queued < batchBytes) return undefined
    this.#running ??= this.#drain().finally(() => (this.#running = undefined))
    return this.#queued > longestBacklog ? this.#running : undefined
  }

  /** Writes everything that waits. Never rejects: a failure is kept for whoever writes next. */
  async #drain(): Promise<void> {
    try {
      while (this.#queue.length > 0 && this.#failure === undefined) {
        const batch = this.#queue.splice(0)
        await this.#writeBatch(batch)
        await this.writeHeader()
        for (const item of batch) this.#queued -= typeof item === 'number' ? 0 : item.length
      }
    } catch (cause) {
      this.#fail(cause)
      await this.writeHeader().catch(() => {})
    }
  }

  async #writeBatch(batch: readonly (Uint8Array | number)[]): Promise<void> {
    let sound: Uint8Array[] = []
    for (const item of batch) {
      if (typeof item !== 'number') {
        sound.push(item)
        continue
      }
      await this.#append(Buffer.concat(sound))
      sound = []
      this.#claim(item)
      await this.#file.truncate(headerBytes + this.#written + item)
      this.#written += item
    }
    await this.#append(Buffer.concat(sound))
  }

  async #append(bytes: Uint8Array): Promise<void> {
    this.#claim(bytes.length)
    for (let from = 0; from < bytes.length;) {
      const at = headerBytes + this.#written
      const { bytesWritten } = await this.#file.write(bytes, from, bytes.length - from, at)
      from += bytesWritten
      this.#written += bytesWritten
    }
  }

  #claim(bytes: number): void {
    if (this.#written + bytes > longestData) {
      throw new Error('a WAV file cannot be longer than 4 GiB')
    }
  }

  #fail(cause: unknown): void {
    this.#failure ??= unwritable(this.#path, cause)
    this.#queue = []
    this.#queued = 0
  }

  /** Writes the header for what has been written so far. */
  async writeHeader(): Promise<void> {
    const frameBytes = this.#channels * 2
    const data = this.#written - (this.#written % frameBytes)
    const header = wavHeader({ channels: this.#channels, sampleRate: this.#sampleRate, data })
    await this.#file.write(header, 0, headerBytes, 0)
  }
}

const unwritable = (path: string, cause: unknown): VoxgraphError =>
  new VoxgraphError('sound-unwritable', { file: path, reason: fileFault(cause) }, { cause })
