/** A model that can be fetched by its name. */
export interface KnownModel {
  readonly name: string
  /** What it is for, one sentence. */
  readonly summary: string
  /** Name of the file that is kept. */
  readonly file: string
  /** Names a revision, so that the bytes behind it never change. */
  readonly url: string
  readonly bytes: number
  /** SHA-256 of the file, in hex. */
  readonly sha256: string
  readonly licence: string
}

/** Models that voxgraph knows; none comes with the package. */
export const knownModels: readonly KnownModel[] = [
  {
    name: 'smart-turn',
    summary: 'Smart Turn v3.2: has the caller finished? For the processor smart-turn.',
    file: 'smart-turn-v3.2-cpu.onnx',
    url: 'https://huggingface.co/pipecat-ai/smart-turn-v3/resolve/f766f81d3cfdf7737ac64aad813d91bbfd56bf93/smart-turn-v3.2-cpu.onnx',
    bytes: 8_679_182,
    sha256: '2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f',
    licence: 'BSD-2-Clause',
  },
]
