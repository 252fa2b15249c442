/**
 * Stops livekit-client from polling the playback time of every remote track in each animation
 * frame. It needs these times for captions only, which this client does not have. With four
 * participants the polling takes a fifth of the page's CPU time. livekit-client 2.21.0 polls only
 * if the browser offers this method (`RemoteTrack.startMonitor`).
 */
export function stopPlaybackPolling(): void {
  Reflect.deleteProperty(RTCRtpReceiver.prototype, 'getSynchronizationSources');
}
