declare module '@echogarden/speex-resampler-wasm/simd' {
  /** The functions of speexdsp's `speex_resampler.h`; pointers are offsets into the heap. */
  interface SpeexModule {
    readonly HEAP16: Int16Array
    readonly HEAP32: Int32Array
    _malloc(bytes: number): number
    _free(pointer: number): void
    _speex_resampler_init(
      channels: number,
      inRate: number,
      outRate: number,
      quality: number,
      error: number,
    ): number
    _speex_resampler_destroy(state: number): void
    _speex_resampler_process_interleaved_int(
      state: number,
      input: number,
      inputLength: number,
      output: number,
      outputLength: number,
    ): number
    _speex_resampler_get_input_latency(state: number): number
    _speex_resampler_skip_zeros(state: number): number
    _speex_resampler_reset_mem(state: number): number
  }
  export default function load(overrides?: object): Promise<SpeexModule>
}
