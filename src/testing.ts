/** Test doubles and tools for authors: time that is moved by hand, programs in code, probes. */
export {
  openBrain,
  type BrainCall,
  type BrainCallInit,
  type BrainLog,
} from './testing/brain-call.ts'
export {
  brainContract,
  type BrainContractInit,
  type ContractMind,
  type ContractPiece,
} from './testing/brain-contract.ts'
export { createProbe, type Probe } from './testing/probe.ts'
export {
  programOf,
  type MemoryInit,
  type NodeInit,
  type ProgramInit,
  type ToolInit,
} from './testing/program.ts'
export { testSession, type TestSession, type TestSessionInit } from './testing/session.ts'
export { createVirtualClock, type VirtualClock } from './time/virtual-clock.ts'
export { createLiveClock } from './time/live-clock.ts'
export { createWeb } from './server/own-web.ts'
export {
  callerStep,
  initialCaller,
  type CallerCommand,
  type CallerEvent,
  type CallerState,
} from './testing/caller.ts'
export {
  createCallerPhone,
  type CallerNote,
  type CallerPhone,
  type CallerPhoneInit,
} from './testing/caller-phone.ts'
export {
  CallerScriptError,
  callerSchema,
  readCallerScript,
  spokenLines,
  type CallerScript,
  type CallerStep,
} from './testing/caller-script.ts'
export { compareWords, type WordFigures } from './testing/caller-words.ts'
export { emulateDeepgram, type DeepgramInit } from './testing/emulators/deepgram.ts'
export {
  emulateAnthropic,
  type AnthropicInit,
  type EmulatedQuestion,
} from './testing/emulators/anthropic.ts'
export type { EmulatedPiece, EmulatedStop } from './testing/emulators/anthropic-answer.ts'
export {
  cartesiaVoice,
  emulateCartesia,
  type CartesiaEmulator,
  type CartesiaEmulatorInit,
} from './testing/emulators/cartesia.ts'
export {
  elevenLabsVoice,
  emulateElevenLabs,
  type ElevenLabsEmulator,
  type ElevenLabsEmulatorInit,
} from './testing/emulators/elevenlabs.ts'
export {
  emulatorKey,
  faultNames,
  type Emulator,
  type EmulatorInit,
  type Fault,
  type FaultMoment,
  type FaultName,
  type Abandoned,
  type Received,
} from './testing/emulators/emulator.ts'
export {
  echoing,
  emulatedRate,
  scriptedEar,
  tones,
  type AnswerModel,
  type Ear,
  type EmulatedHearing,
  type EmulatedSpeech,
  type ModelPiece,
  type ModelQuestion,
  type OpenEar,
  type Speak,
  type WordsOf,
} from './testing/emulators/minds.ts'
export { openPhraseEar, type PhraseEarInit } from './testing/emulation/phrase-ear.ts'
export {
  scriptedMind,
  type MindScript,
  type ScriptedMindInit,
} from './testing/emulation/scripted-mind.ts'
export {
  openSpokenVoice,
  type SpokenVoice,
  type SpokenVoiceInit,
} from './testing/emulation/spoken-voice.ts'
export type { Told, ToldModel } from './testing/emulation/told-model.ts'
export { toldClaude, toldOpenAi } from './testing/emulation/told-requests.ts'
export type { VoiceEmulatorInit } from './testing/emulators/wire-speech.ts'
export type { ChatPiece } from './testing/emulators/openai-answer.ts'
export { emulateOpenAi, type OpenAiInit } from './testing/emulators/openai.ts'
export {
  emulateTwilio,
  type Answering,
  type IncomingCall,
  type TwilioEmulator,
  type TwilioInit,
} from './testing/emulators/twilio.ts'
export type { CallStatus, ConnectInit, TwilioCall } from './testing/emulators/twilio-call.ts'
export type {
  HeardPiece,
  PhonePerson,
  StreamNote,
  TwilioStream,
} from './testing/emulators/twilio-stream.ts'
export type { Signing } from './testing/emulators/twilio-signature.ts'
export { memoryContract, withMemory, type MemoryContractInit } from './testing/memory-contract.ts'
export type { CaseFailure, CaseResult, StepMark } from './testing/scenario/case-result.ts'
export type { TestEvent } from './testing/scenario/events.ts'
export { loadTest, type LoadedTest } from './testing/scenario/load-test.ts'
export { runTest, type TestRun } from './testing/scenario/run-test.ts'
export type { Scenario } from './testing/scenario/scenario.ts'
export { timeLineOf, type TimeLine } from './testing/scenario/time-line.ts'
export { sttContract } from './testing/stt-contract.ts'
export { withStt, type OpenStt, type SttContractInit, type SttRig } from './testing/stt-rig.ts'
export { createFarEar, type FarEar } from './testing/far-ear.ts'
export { tone, toneMs } from './testing/tones.ts'
export {
  transportContract,
  type TransportContractInit,
  type TransportFeature,
} from './testing/transport-contract.ts'
export type { FarEnd, TransportRig, TransportStage } from './testing/transport-rig.ts'
export { ttsContract, type TtsContractInit } from './testing/tts-contract.ts'
export {
  openVoice,
  type OpenVoice,
  type OpenVoiceInit,
  type SayOptions,
  type SpokenSpan,
  type SpokenUtterance,
} from './testing/tts-rig.ts'
export {
  sharedOnce,
  vadCall,
  type HeardEdge,
  type HeardSound,
  type VadCallInit,
} from './testing/vad-call.ts'
export {
  vadContract,
  type ContractCase,
  type VadContractInit,
  type VadContractVoice,
} from './testing/vad-contract.ts'
