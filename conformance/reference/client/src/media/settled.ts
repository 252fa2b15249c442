/**
 * When a reconnected room may be used again. livekit-client 2.21.0 says `Reconnected` up to 2 s
 * before its engine has finished (`RTCEngine.waitForPCReconnected`). Meanwhile it keeps the events
 * of new tracks back, and gives them out after the next reconnect only; on them its cryptor relies
 * to decrypt a track.
 */
import { ConnectionState, EngineEvent, type Room, RoomEvent } from 'livekit-client';

export function isSettled(room: Room): boolean {
  return room.state === ConnectionState.Connected && !room.engine.pendingReconnect;
}

/** Calls `then` after each reconnect, as soon as events come at once. The room must be connected. */
export function onSettled(room: Room, then: () => void): void {
  const check = () => {
    if (isSettled(room)) then();
  };
  // The engine says so in the last step of its attempt, and settles when that step has returned.
  const soon = () => setTimeout(check);
  room.on(RoomEvent.Reconnected, check);
  room.engine.on(EngineEvent.Restarted, soon).on(EngineEvent.Resumed, soon);
}
