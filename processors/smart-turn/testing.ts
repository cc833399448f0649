/** Writes small ONNX files, so that tests need no model from elsewhere. */

/** A node of a graph: one operation. */
interface Step {
  readonly op: string
  readonly input: string
  readonly output: string
  /** Attributes: whole numbers and lists of them. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>
}

/** What `onnxModel` takes. */
export interface OnnxModel {
  readonly input: { readonly name: string; readonly shape: readonly number[] }
  readonly output: { readonly name: string; readonly shape: readonly number[] }
  readonly steps: readonly Step[]
}

/** FLOAT in TensorProto.DataType; INT and INTS in AttributeProto.AttributeType. */
const [float, int, ints] = [1, 2, 7]
/** Version of the file format, and of the operations: old enough for every runtime. */
const [irVersion, opset] = [8, 13]

/** The bytes of an ONNX file, see onnx.proto: messages of numbered fields. */
export function onnxModel({ input, output, steps }: OnnxModel): Uint8Array {
  const graph = [
    ...steps.map((step) => field(1, message(nodeOf(step)))),
    field(2, text('test')),
    field(11, message(valueOf(input))),
    field(12, message(valueOf(output))),
  ]
  const operations = [field(1, text('')), field(2, opset)]
  return message([field(1, irVersion), field(7, message(graph)), field(8, message(operations))])
}

/** A model that is as sure as the sound is loud: sigmoid of the mean of all features. */
export const loudnessModel = (): Uint8Array =>
  onnxModel({
    input: { name: 'input_features', shape: [1, 80, 800] },
    output: { name: 'logits', shape: [1, 1] },
    steps: [
      {
        op: 'ReduceMean',
        input: 'input_features',
        output: 'mean',
        attributes: { axes: [1, 2], keepdims: 1 },
      },
      { op: 'Flatten', input: 'mean', output: 'flat', attributes: { axis: 1 } },
      { op: 'Sigmoid', input: 'flat', output: 'logits' },
    ],
  })

function nodeOf({ op, input, output, attributes = {} }: Step): Uint8Array[] {
  return [
    field(1, text(input)),
    field(2, text(output)),
    field(4, text(op)),
    ...Object.entries(attributes).map(([name, value]) => {
      const values =
        typeof value === 'number'
          ? [field(3, value), field(20, int ?? 0)]
          : [...value.map((one) => field(8, one)), field(20, ints ?? 0)]
      return field(5, message([field(1, text(name)), ...values]))
    }),
  ]
}

function valueOf({ name, shape }: OnnxModel['input']): Uint8Array[] {
  const dimensions = shape.map((size) => field(1, message([field(1, size)])))
  const tensor = message([field(1, float ?? 0), field(2, message(dimensions))])
  return [field(1, text(name)), field(2, message([field(1, tensor)]))]
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const message = (fields: readonly Uint8Array[]): Uint8Array => Buffer.concat(fields)

/** A field: a whole number, or bytes with their length in front. */
const field = (id: number, value: number | Uint8Array): Uint8Array =>
  typeof value === 'number'
    ? Buffer.from([...varint(id << 3), ...varint(value)])
    : Buffer.concat([Buffer.from([...varint((id << 3) | 2), ...varint(value.length)]), value])

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]
}
