/** A plugin adds a frame of its own by declaration merging on the door that it imports. */
import {
  defineFrame,
  defineProcessor,
  derive,
  type Frame,
  type FrameBase,
  type FrameOf,
} from 'voxgraph/plugin'
import { expectType } from './expect.ts'

interface WeatherFrame extends FrameBase<'test/weather', 'user'> {
  readonly sky: 'clear' | 'grey'
  readonly degrees: number | undefined
}

declare module 'voxgraph/plugin' {
  interface FrameKinds {
    'test/weather': WeatherFrame
  }
}

const weather = defineFrame<'test/weather'>({
  type: 'test/weather',
  lane: 'user',
  properties: { sky: { enum: ['clear', 'grey'] }, degrees: { type: 'number' } },
  optional: ['degrees'],
})

expectType<WeatherFrame>()(weather({ sky: 'clear', degrees: 21 }))
// @ts-expect-error -- there is no such sky
weather({ sky: 'green', degrees: 21 })
// @ts-expect-error -- a field is missing
weather({ sky: 'clear' })

// It is one of the frames everywhere, also where the catalogue is written.
export const isWeather = (frame: Frame): frame is FrameOf<'test/weather'> =>
  frame.type === 'test/weather'

defineProcessor({
  id: 'weather',
  summary: 'Takes and gives a frame of its own.',
  ports: { in: { sky: 'test/weather' }, out: { sky: 'test/weather' } },
  frames: [weather],
  setup: () => ({
    sky(frame) {
      expectType<WeatherFrame>()(frame)
      return derive(frame, { degrees: 0 })
    },
  }),
})

// @ts-expect-error -- every field has a schema
defineFrame<'test/weather'>({ type: 'test/weather', lane: 'user', properties: { sky: {} } })

defineFrame<'test/weather'>({
  type: 'test/weather',
  // @ts-expect-error -- the control lane belongs to the runtime
  lane: 'control',
  properties: { sky: {}, degrees: {} },
})
