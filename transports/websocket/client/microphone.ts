import { ClientError } from './client-error.ts'

/**
 * Asks for the microphone.
 * @throws ClientError `microphone-denied`, `microphone-missing` or `no-audio`
 */
export async function openMicrophone(more: MediaTrackConstraints): Promise<MediaStream> {
  // Outside a secure context there are no devices, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (devices === undefined) {
    throw new ClientError(
      'no-audio',
      'A page has a microphone over HTTPS or from this machine only.',
    )
  }
  try {
    return await devices.getUserMedia({
      audio: {
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
        channelCount: 1,
        ...more,
      },
    })
  } catch (thrown) {
    const { name, message } = thrown as DOMException
    throw name === 'NotAllowedError' || name === 'SecurityError'
      ? new ClientError('microphone-denied', `The microphone is not allowed: ${message}`)
      : new ClientError('microphone-missing', `There is no microphone to be had: ${message}`)
  }
}
