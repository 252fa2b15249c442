/** The ways on which the leaking faults send something to the server. */
import type { Session } from '../../session/session';
import { Ask, ClientMessage } from '../../wire/messages';

/** Over the bus, as statistics. */
export function report({ bus }: Session, msg: string): void {
  if (!bus) return;
  const { subjects, roomId, userId } = bus.address;
  bus.publish(
    `${subjects.systemCoreWorker}.${roomId}.${userId}`,
    new ClientMessage({ event: Ask.PushAnalytics, msg }).toBinary(),
  );
}

/** Over HTTP, in the query string; no server knows this address. */
export function sendInQuery(session: Session, text: string): void {
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(text)));
  request(`${address(session)}?n=${encodeURIComponent(base64)}`);
}

/** Over HTTP, in the query string, as it is. */
export function sendText(session: Session, text: string): void {
  request(`${address(session)}?n=${encodeURIComponent(text)}&v=1`);
}

/** Over HTTP, in the body. */
export function sendInBody(session: Session, body: string | ArrayBuffer): void {
  request(address(session), { method: 'POST', body });
}

export async function gzip(text: string): Promise<ArrayBuffer> {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(packed).arrayBuffer();
}

function address({ serverUrl }: Session): string {
  return `${serverUrl.replace(/\/+$/, '')}/api/note`;
}

function request(url: string, init: RequestInit = {}): void {
  fetch(url, init).catch(() => {});
}
