/**
 * Keeps livekit-client from asking every remote track, at each animation frame, when its last
 * packet was played: for captions in time, which this client has none of. With four people in a
 * room that is a fifth of what a page costs (livekit-client 2.21.0, RemoteTrack.startMonitor asks
 * first whether the browser can say).
 */
export function withoutTimeSync(): void {
  Reflect.deleteProperty(RTCRtpReceiver.prototype, 'getSynchronizationSources');
}
