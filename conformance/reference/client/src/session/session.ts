/** One person's way through a meeting: token, secret, bus, keys, media, leaving. */
import { DisconnectReason, isE2EESupported } from 'livekit-client';
import { deriveKeys } from '../crypto/keys';
import {
  type Ask,
  onConnection,
  onMediaConnect,
  onPrompt,
  onRefusal,
  onSecret,
  onServerMessage,
  onShown,
} from '../extension-points';
import { openDevices } from '../media/devices';
import { EncryptionFailed, Media, type MediaEncryption } from '../media/media';
import { Messages } from '../messages/messages';
import * as state from '../state';
import { Api, inWords, Refused } from '../wire/api';
import { Bus, type BusAddress, type Channel } from '../wire/bus';
import { Ask as Question, Tell } from '../wire/messages';
import { type Encryption, encryptionOf, type RoomMetadata, switchedOffIn } from './room-metadata';

interface RoomInfo {
  readonly room_sid: string;
  readonly metadata: string;
}

interface UserInfo {
  readonly user_id: string;
  readonly name: string;
  readonly is_admin?: boolean;
}

export class Session {
  readonly serverUrl: string;
  readonly messages = new Messages((channel, payload) => this.#bus?.send(channel, payload));
  #api!: Api;
  #bus: Bus | undefined;
  #media: Media | undefined;
  #address!: BusAddress;
  #sid = '';
  /** The server's answer to the access token says that participants bring their own secret. */
  #announced = false;
  #answered: ((secret: string | null) => void) | undefined;
  #mediaInfo: ((info: { url: string; token: string }) => void) | undefined;
  #ended = false;

  constructor(serverUrl: string) {
    this.serverUrl = serverUrl;
  }

  /** The connection to the message bus; undefined until it is made. */
  get bus(): Bus | undefined {
    return this.#bus;
  }

  /** From the access token to the landing page. */
  async start(token: string | null): Promise<void> {
    if (!token) {
      return this.end('Access token missing', 'Open this page with the link that you were given.');
    }
    if (!window.isSecureContext) {
      return onShown(true, 'reason: this page is not secure')
        ? this.end('Browser not supported', 'This page needs https, or the host localhost.')
        : this.end('You cannot join', '');
    }
    try {
      this.#api = new Api(this.serverUrl, token);
      const answer = await this.#api.verifyToken();
      this.#address = {
        urls: answer.natsWsUrls,
        token,
        roomId: answer.roomId,
        userId: answer.userId,
        stream: answer.roomStreamName,
        subjects: answer.natsSubjects,
      };
      this.#announced = answer.enabledSelfInsertEncryptionKey;
    } catch (error) {
      const text = error instanceof Refused ? error.message : 'The access token is not valid.';
      return this.end('You cannot join', text);
    }
    const ask = onPrompt(this.#announced ? this.#ask : null, {
      needed: this.#announced,
      ask: this.#ask,
    });
    const secret = ask ? await ask() : null;
    state.phase.value = { at: 'loading', doing: 'Connecting' };
    await this.#connect(secret);
  }

  /** The person's answer to the prompt; null goes on without a secret. */
  giveSecret(secret: string | null): void {
    this.#answered?.(secret);
  }

  /** From the landing page into the room. */
  async join(withDevices: boolean): Promise<void> {
    if (!this.#bus || !this.#media || state.joining.value) return;
    state.joining.value = true;
    const { microphone, camera } = state.wanted.value;
    // The devices open while the media server is being reached.
    const devices = openDevices(withDevices && microphone, withDevices && camera);
    this.#bus.listen(['chat', 'whiteboard', 'signals']);
    const info = new Promise<{ url: string; token: string }>((resolve) => {
      this.#mediaInfo = resolve;
    });
    this.#bus.ask(Question.JoinedUsersList);
    this.#bus.ask(Question.MediaServerData);
    try {
      const { url, token } = await info;
      await this.#connectMedia(this.#media, url, token);
    } catch (error) {
      for (const track of await devices) track.stop();
      if (error instanceof EncryptionFailed) this.#encryptionFailed(error.message);
      else this.end('Connection lost', 'The media server cannot be reached.');
      return;
    }
    if (this.#ended) return;
    state.phase.value = { at: 'room' };
    await this.#media.publish(await devices).catch((error: unknown) => {
      state.notice.value = `Your devices cannot be shared: ${String(error)}`;
    });
  }

  async switchOn(source: 'microphone' | 'camera' | 'screen', on: boolean): Promise<void> {
    await this.#media?.switchOn(source, on);
  }

  async startSound(): Promise<void> {
    await this.#media?.startSound();
  }

  /** Whether the message was sent. */
  say(channel: Channel, text: string): Promise<boolean> {
    return this.messages.say(channel, text);
  }

  async record(): Promise<void> {
    const answer = await this.#api.record(this.#sid, !state.recording.value);
    state.serverAnswer.value = `Recording: ${answer.text}`;
  }

  async broadcast(rtmpUrl: string | null): Promise<void> {
    const answer = await this.#api.broadcast(this.#sid, rtmpUrl);
    state.serverAnswer.value = `Broadcast: ${answer.text}`;
  }

  async transcribe(): Promise<void> {
    const answer = await this.#api.transcribe(this.#address.userId);
    state.serverAnswer.value = `AI transcription: ${answer.text}`;
  }

  async useDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    await this.#media?.useDevice(kind, deviceId);
  }

  leave(): void {
    onConnection({ moment: 'left' });
    this.end('You have left', 'You have left the meeting. You may close this page.');
  }

  readonly #ask: Ask = () => {
    const answer = new Promise<string | null>((resolve) => {
      this.#answered = resolve;
    });
    state.phase.value = { at: 'prompt' };
    return answer;
  };

  async #connect(typed: string | null): Promise<void> {
    try {
      this.#bus = await Bus.connect(this.#address, {
        told: (event, message) => {
          this.#handle(event, message, typed)
            .then(() => onServerMessage({ event, message, typed }))
            .catch((error: unknown) => {
              const text = error instanceof Error ? error.message : String(error);
              this.end('Connection lost', text);
            });
        },
        received: (channel, payload) => this.messages.received(channel, payload),
        interrupted: () => state.setInterrupted('server', true),
        resumed: () => {
          state.setInterrupted('server', false);
          onConnection({ moment: 'bus reconnected' });
        },
        lost: (refused) =>
          this.end(
            refused ? 'You cannot join' : 'Connection lost',
            refused
              ? 'The server no longer accepts your access token.'
              : 'You were disconnected: the server cannot be reached any more.',
          ),
      });
    } catch {
      this.end('Connection lost', 'The message server cannot be reached or does not accept you.');
    }
  }

  async #handle(event: number, message: string, typed: string | null): Promise<void> {
    switch (event) {
      case Tell.InitialData: {
        if (state.phase.value.at !== 'loading' || this.#sid) return;
        const data = JSON.parse(message) as { room: RoomInfo; local_user: UserInfo };
        return this.#enter(data.room, data.local_user, typed);
      }
      case Tell.JoinedUsersList:
        state.people.value = (JSON.parse(message) as UserInfo[]).map(person);
        return;
      case Tell.UserJoined: {
        const one = person(JSON.parse(message) as UserInfo);
        const others = state.people.value.filter(({ userId }) => userId !== one.userId);
        state.people.value = [...others, one];
        this.#media?.refresh();
        return;
      }
      case Tell.UserDisconnected:
      case Tell.UserOffline: {
        const { user_id } = JSON.parse(message) as UserInfo;
        state.people.value = state.people.value.filter(({ userId }) => userId !== user_id);
        return;
      }
      case Tell.MediaServerData:
        this.#mediaInfo?.(JSON.parse(message) as { url: string; token: string });
        return;
      case Tell.RoomMetadataUpdate:
        // Encryption is settled on entering: a later message does not change it.
        this.#follow(JSON.parse(message) as RoomMetadata);
        return;
      case Tell.RenewedToken:
        this.#api.token = message;
        return;
      case Tell.SystemNotification: {
        const { msg } = JSON.parse(message) as { msg?: string };
        if (msg) state.notice.value = inWords(msg);
        return;
      }
      case Tell.SessionEnded:
        this.end('Disconnected', inWords(message));
    }
  }

  /** Settles the room's encryption, derives the keys and shows the landing page. */
  async #enter(room: RoomInfo, user: UserInfo, typed: string | null): Promise<void> {
    this.#sid = room.room_sid;
    const metadata = JSON.parse(room.metadata) as RoomMetadata;
    state.me.value = person(user);
    state.title.value = metadata.room_title ?? '';
    this.#follow(metadata);

    const encryption = encryptionOf(metadata);
    const downgraded = this.#announced && encryption.kind !== 'zero-knowledge';
    if (
      downgraded &&
      onRefusal(true, { to: 'join a room that does not use the requested secret' })
    ) {
      return this.end(
        'You cannot join',
        'The server asked for your secret and then described a meeting that does not use it. ' +
          'Nothing of yours has been sent.',
      );
    }
    state.kind.value = encryption.kind;
    if (encryption.kind === 'zero-knowledge' && !this.#announced) {
      // The announcement was missing, but the room's metadata is authoritative.
      const ask = onPrompt(this.#ask, { needed: true, ask: this.#ask });
      if (ask) typed = await ask();
      state.phase.value = { at: 'loading', doing: 'Connecting' };
    }
    const unable = encryption.kind !== 'plain' && !isE2EESupported();
    if (unable && onRefusal(true, { to: 'go on in a browser that cannot encrypt' })) {
      return onShown(true, 'reason: this browser cannot encrypt')
        ? this.end('Browser not supported', 'This browser cannot encrypt end to end.')
        : this.end('You cannot join', '');
    }
    const secret = this.#choose(encryption, typed);
    if (encryption.kind === 'simple' && !secret) {
      return this.end(
        'You cannot join',
        'The meeting is encrypted, but the server gave no secret.',
      );
    }
    const haveKey = secret !== null;
    state.haveKey.value = encryption.kind === 'plain' || haveKey;
    const place = { sessionId: this.#sid, roomId: this.#address.roomId };
    const keys = secret === null ? null : await deriveKeys(secret, place);
    const sealed = [...encryption.messages].filter((what) =>
      onRefusal(true, { to: 'send in clear', what, haveKey }),
    );
    this.messages.use(new Set(sealed), keys?.data ?? null);
    this.openMedia(encryption.kind === 'plain' || unable ? null : { secret: keys?.media ?? null });
    state.phase.value = { at: 'landing' };
  }

  /** The secret to derive from: the server's in a simple room, the person's own otherwise. */
  #choose(encryption: Encryption, typed: string | null): string | null {
    if (encryption.kind === 'plain') return null;
    if (encryption.kind === 'simple' && !this.#announced) return encryption.secret;
    return onSecret(typed, { typed, fromServer: encryption.secret });
  }

  /** Prepares the connection to the media server; `encryption` is null in a plain room. */
  openMedia(encryption: MediaEncryption | null): Media {
    this.#media = new Media(
      encryption,
      {
        disconnected: (reason) => this.#mediaGone(reason),
        encryptionFailed: (why) => this.#encryptionFailed(why),
      },
      (identity) => state.people.value.find(({ userId }) => userId === identity)?.name,
    );
    return this.#media;
  }

  async #connectMedia(media: Media, url: string, token: string): Promise<void> {
    const connect = () => media.connect(url, token);
    await onMediaConnect(connect, { url, token, leave: () => media.leave() })();
  }

  #encryptionFailed(why: string): void {
    if (!onRefusal(true, { to: 'continue after encryption failed' })) return;
    const text = `Encryption does not work, so nothing of yours is sent: ${why}.`;
    if (state.phase.value.at === 'room') {
      state.notice.value = text;
      void this.#media?.silence();
    } else {
      this.end('Encryption failed', text);
    }
  }

  #mediaGone(reason: DisconnectReason | undefined): void {
    const texts: Partial<Record<DisconnectReason, string>> = {
      [DisconnectReason.PARTICIPANT_REMOVED]: 'You have been removed from the meeting.',
      [DisconnectReason.ROOM_DELETED]: 'The meeting has ended.',
      [DisconnectReason.DUPLICATE_IDENTITY]: 'You have joined from somewhere else.',
    };
    const text = reason === undefined ? undefined : texts[reason];
    if (text) this.end('Disconnected', text);
    else this.end('Connection lost', 'You were disconnected from the media server.');
  }

  #follow(metadata: RoomMetadata): void {
    state.recording.value = metadata.is_recording ?? false;
    state.broadcasting.value = metadata.is_active_rtmp ?? false;
    state.switchedOff.value = switchedOffIn(metadata);
  }

  /** Ends the meeting and shows why; a second call changes nothing. */
  end(title: string, text: string): void {
    if (this.#ended) return;
    this.#ended = true;
    state.phase.value = { at: 'ended', title, text };
    state.tiles.value = [];
    this.messages.forget();
    this.#media?.leave().catch(() => {});
    this.#bus?.close().catch(() => {});
  }
}

function person(info: UserInfo): state.Person {
  return {
    userId: info.user_id,
    name: info.name || info.user_id,
    isAdmin: info.is_admin ?? false,
  };
}
