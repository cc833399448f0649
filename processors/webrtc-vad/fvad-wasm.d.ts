declare module '@echogarden/fvad-wasm' {
  /** The functions of libfvad's `fvad.h`; pointers are offsets into the heap. */
  interface FvadModule {
    /** A new object whenever the heap grows. */
    readonly HEAP16: Int16Array
    _malloc(bytes: number): number
    _free(pointer: number): void
    _fvad_new(): number
    _fvad_free(state: number): void
    _fvad_set_mode(state: number, mode: number): number
    _fvad_set_sample_rate(state: number, rate: number): number
    _fvad_process(state: number, samples: number, length: number): number
  }
  export default function load(overrides?: object): Promise<FvadModule>
}
