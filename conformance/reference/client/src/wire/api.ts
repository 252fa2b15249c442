/**
 * The server's HTTP interface for participants: binary protobuf in both directions. The bare access
 * token is the Authorization header.
 */
import type { Message, MessageType } from '@bufbuild/protobuf';
import {
  CommonResponse,
  RecordingReq,
  RecordingTask,
  TranscriptionConfigReq,
  VerifyTokenReq,
  VerifyTokenRes,
} from './messages';

/** The server refused; the message is the server's, as text for people. */
export class Refused extends Error {
  override name = 'Refused';
}

/** An answer of the server, positive or negative. */
export interface Answer {
  readonly ok: boolean;
  readonly text: string;
}

export class Api {
  readonly #base: string;
  #token: string;

  constructor(serverUrl: string, token: string) {
    this.#base = `${serverUrl.replace(/\/+$/, '')}/api`;
    this.#token = token;
  }

  set token(token: string) {
    this.#token = token;
  }

  /** @throws {Refused} also when a field that joining needs is missing */
  async verifyToken(): Promise<VerifyTokenRes & { natsSubjects: object }> {
    const answer = await this.#post(
      'verifyToken',
      new VerifyTokenReq({ isProduction: true }),
      VerifyTokenRes,
    );
    if (!answer.status) throw new Refused(inWords(answer.msg));
    const { natsWsUrls, roomId, userId, roomStreamName, natsSubjects } = answer;
    if (!natsWsUrls.length || !roomId || !userId || !roomStreamName || !natsSubjects) {
      throw new Refused('The server’s answer to the access token is incomplete.');
    }
    return answer as VerifyTokenRes & { natsSubjects: object };
  }

  record(sid: string, start: boolean): Promise<Answer> {
    const task = start ? RecordingTask.StartRecording : RecordingTask.StopRecording;
    return this.#answer('recording', new RecordingReq({ task, sid }));
  }

  broadcast(sid: string, rtmpUrl: string | null): Promise<Answer> {
    const request =
      rtmpUrl === null
        ? new RecordingReq({ task: RecordingTask.StopRtmp, sid })
        : new RecordingReq({ task: RecordingTask.StartRtmp, sid, rtmpUrl });
    return this.#answer('rtmp', request);
  }

  transcribe(userId: string): Promise<Answer> {
    return this.#answer(
      'insights/transcription/configure',
      new TranscriptionConfigReq({
        isEnabled: true,
        allowedSpokenLangs: ['en-US'],
        allowedSpeechUsers: [userId],
      }),
    );
  }

  async #answer(path: string, request: Message): Promise<Answer> {
    try {
      const answer = await this.#post(path, request, CommonResponse);
      return { ok: answer.status, text: inWords(answer.msg) };
    } catch (error) {
      return { ok: false, text: error instanceof Error ? error.message : String(error) };
    }
  }

  async #post<T extends Message<T>>(
    path: string,
    request: Message,
    type: MessageType<T>,
  ): Promise<T> {
    let response: Response;
    try {
      response = await fetch(`${this.#base}/${path}`, {
        method: 'POST',
        headers: { Authorization: this.#token, 'Content-Type': 'application/protobuf' },
        body: request.toBinary() as Uint8Array<ArrayBuffer>,
      });
    } catch {
      throw new Refused('The server cannot be reached.');
    }
    const body = new Uint8Array(await response.arrayBuffer());
    try {
      return type.fromBinary(body);
    } catch {
      throw new Refused(`The server answered with status ${response.status} and nothing to read.`);
    }
  }
}

/** Texts for the product's message keys. */
const WORDS: Readonly<Record<string, string>> = {
  'notifications.auth-header-missing': 'The access token is missing.',
  'notifications.token-expired': 'The access token has expired. Ask for a new link.',
  'notifications.invalid-token': 'The access token is not valid. Ask for a new link.',
  'notifications.room-not-active': 'This meeting is not active.',
  'notifications.user-info-not-found': 'The server does not know you. Ask for a new link.',
  'notifications.you-are-blocked': 'You are not allowed to join this meeting.',
  'notifications.max-num-participates-exceeded': 'The meeting is full.',
  'notifications.room-disconnected-duplicate-entry': 'You have joined from somewhere else.',
  'notifications.room-disconnected-participant-removed': 'You have been removed from the meeting.',
  'notifications.room-disconnected-room-ended': 'The meeting has ended.',
  'notifications.recording-already-running': 'The meeting is already being recorded.',
  'notifications.recording-not-running': 'The meeting is not being recorded.',
  'notifications.rtmp-already-running': 'The meeting is already being broadcast.',
  'notifications.rtmp-not-running': 'The meeting is not being broadcast.',
  'notifications.recording-started': 'The recording has started.',
  'notifications.recording-ended': 'The recording has ended.',
  'notifications.rtmp-started': 'The broadcast has started.',
  'notifications.rtmp-ended': 'The broadcast has ended.',
  'insights.feature-disable-while-e2ee-self-key-enabled':
    'This feature is off while the meeting is encrypted with your own secret.',
};

/** The text for a message of the server; unknown messages stay unchanged. */
export function inWords(message: string): string {
  return WORDS[message] ?? message;
}
