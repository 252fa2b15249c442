/** Picture and sound through LiveKit, end-to-end encrypted by its frame cryptor. */
import {
  ConnectionState,
  DisconnectReason,
  ExternalE2EEKeyProvider,
  getLogger,
  type LocalTrack,
  LoggerNames,
  type Participant,
  type RemoteTrackPublication,
  Room,
  RoomEvent,
  type RoomOptions,
  Track,
  type TrackPublication,
  type TrackPublishDefaults,
} from 'livekit-client';
import workerUrl from 'livekit-client/e2ee-worker?worker&url';
import carelessWorkerUrl from '../careless-worker?worker&url';
import { videoCodec } from './codec';
import { REMOTE_TROUBLE, reasonOf } from './cryptor-errors';
import { isH264, keepEncrypted } from '../own-tracks';
import { keeps } from '../rules';
import * as state from '../state';
import { addTrouble, cameToFind } from '../decryption-errors';

/**
 * What leaves is exactly one stream a source, of one layer: nothing to choose from, nothing to
 * forget.
 */
const PUBLISHED: TrackPublishDefaults = {
  videoCodec,
  scalabilityMode: 'L1T1',
  simulcast: false,
  dtx: false,
  red: false,
};

/** How long the encryption worker may take to say that it encrypts. */
const ENCRYPTION_DEADLINE_MS = 5000;

export class EncryptionFailed extends Error {
  override name = 'EncryptionFailed';
}

/** The room's encryption as this client will do it. */
export interface MediaEncryption {
  /** What the key provider gets; null when the person gave no secret. */
  readonly secret: string | null;
}

export interface MediaListener {
  disconnected(reason: DisconnectReason | undefined): void;
  encryptionFailed(why: string): void;
}

export class Media {
  readonly #room: Room;
  readonly #encryption: MediaEncryption | null;
  readonly #listener: MediaListener;
  readonly #nameOf: (identity: string) => string | undefined;
  #keyProvider: ExternalE2EEKeyProvider | undefined;
  #keySet: Promise<void> = Promise.resolve();
  /** Set once encryption has failed: from then on nothing is published any more. */
  #silenced = false;
  #failure: EncryptionFailed | undefined;
  #onFailure: ((failure: EncryptionFailed) => void) | undefined;

  constructor(
    encryption: MediaEncryption | null,
    listener: MediaListener,
    nameOf: (identity: string) => string | undefined,
  ) {
    quietly();
    this.#encryption = encryption;
    this.#listener = listener;
    this.#nameOf = nameOf;
    const options: RoomOptions = {
      adaptiveStream: false,
      dynacast: false,
      publishDefaults: PUBLISHED,
      disconnectOnPageLeave: true,
    };
    const url = keeps('injected-frames-not-rendered') ? workerUrl : carelessWorkerUrl;
    const worker = encryption ? new Worker(url, { type: 'module' }) : undefined;
    if (encryption && worker) {
      const keyProvider = new ExternalE2EEKeyProvider();
      options.encryption = { keyProvider, worker };
      if (encryption.secret !== null) this.#keySet = keyProvider.setKey(encryption.secret);
      this.#keyProvider = keyProvider;
    }
    this.#room = new Room(options);
    this.#watch();
    if (worker) keepEncrypted(this.#room, worker);
  }

  /**
   * Connects; resolves when the cryptor encrypts what we send (or at once in a plain room).
   *
   * @throws {EncryptionFailed} nothing has been published then
   */
  async connect(url: string, token: string): Promise<void> {
    const encrypts = this.#encryption !== null && this.#publishesEncrypted();
    if (encrypts) {
      await this.#keySet;
      await this.#room.setE2EEEnabled(true);
    }
    const encrypting = encrypts ? this.#untilEncrypting() : Promise.resolve();
    encrypting.catch(() => {});
    await this.#room.connect(url, token, { autoSubscribe: false });
    await encrypting;
    cameToFind(this.#room.remoteParticipants.keys());
    for (const participant of this.#room.remoteParticipants.values()) {
      if (encrypts && !keeps('latecomers-are-served')) continue;
      for (const publication of participant.trackPublications.values())
        this.#subscribe(publication);
    }
    this.refresh();
  }

  async publish(tracks: readonly LocalTrack[]): Promise<void> {
    await Promise.all(
      tracks.map(async (track) => {
        if (this.#silenced) track.stop();
        else await this.#room.localParticipant.publishTrack(track);
      }),
    );
    this.refresh();
  }

  async switchOn(source: 'microphone' | 'camera' | 'screen', on: boolean): Promise<void> {
    if (on && this.#silenced) {
      state.notice.value = 'Nothing can be sent: encryption has failed.';
      return;
    }
    const local = this.#room.localParticipant;
    try {
      if (source === 'microphone') await local.setMicrophoneEnabled(on);
      else if (source === 'camera') await local.setCameraEnabled(on);
      else await local.setScreenShareEnabled(on, { audio: true });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      state.notice.value = `Your ${source} cannot be used: ${why}`;
    }
    this.refresh();
  }

  /** Takes another microphone or camera for the one that is in use. */
  async useDevice(kind: MediaDeviceKind, deviceId: string): Promise<void> {
    await this.#room.switchActiveDevice(kind, deviceId);
    this.refresh();
  }

  async startSound(): Promise<void> {
    await this.#room.startAudio();
  }

  async leave(): Promise<void> {
    await this.#room.disconnect(true);
  }

  /** Nothing leaves any more: every track is taken back and its device switched off. */
  async silence(): Promise<void> {
    this.#silenced = true;
    const tracks = [...this.#room.localParticipant.trackPublications.values()].flatMap(
      (publication) => (publication.track ? [publication.track] : []),
    );
    for (const track of tracks) track.mediaStreamTrack.enabled = false;
    await this.#room.localParticipant.unpublishTracks(tracks);
    this.refresh();
  }

  #publishesEncrypted(): boolean {
    if (this.#encryption?.secret === null) return keeps('nothing-leaves-without-a-key');
    return keeps('publish-encrypted');
  }

  #untilEncrypting(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      const late = setTimeout(
        () => reject(new EncryptionFailed('the encryption worker does not answer')),
        ENCRYPTION_DEADLINE_MS,
      );
      this.#room.on(RoomEvent.ParticipantEncryptionStatusChanged, (encrypted, participant) => {
        if (!encrypted || !participant?.isLocal) return;
        clearTimeout(late);
        resolve();
      });
      this.#onFailure = (failure) => {
        clearTimeout(late);
        reject(failure);
      };
    });
  }

  /**
   * Tracks are subscribed only here, when LiveKit has told its cryptor that the participant
   * encrypts. Subscribed earlier, the first key frame can pass the cryptor unopened: the decoder
   * shows garbage, and then waits seconds for the next one.
   */
  #subscribe(publication: RemoteTrackPublication): void {
    if (!keeps('every-codec-shown') && isH264(publication)) return;
    if (this.#acceptable(publication)) publication.setSubscribed(true);
  }

  #acceptable(publication: TrackPublication): boolean {
    const needed = this.#encryption !== null && keeps('render-encrypted-only');
    return !needed || publication.isEncrypted;
  }

  #watch(): void {
    const refresh = () => this.refresh();
    this.#room.on(RoomEvent.TrackPublished, (publication) => this.#subscribe(publication));
    for (const event of [
      RoomEvent.ParticipantConnected,
      RoomEvent.ParticipantDisconnected,
      RoomEvent.TrackPublished,
      RoomEvent.TrackUnpublished,
      RoomEvent.TrackSubscribed,
      RoomEvent.TrackUnsubscribed,
      RoomEvent.TrackMuted,
      RoomEvent.TrackUnmuted,
      RoomEvent.LocalTrackPublished,
      RoomEvent.LocalTrackUnpublished,
    ] as const) {
      this.#room.on(event, refresh);
    }
    this.#room
      .on(RoomEvent.ActiveSpeakersChanged, (speakers) => {
        state.talking.value = new Set(speakers.map((speaker) => speaker.identity));
      })
      .on(RoomEvent.AudioPlaybackStatusChanged, (allowed) => {
        state.soundBlocked.value = !allowed;
      })
      .on(RoomEvent.EncryptionError, (error, participant) => this.#onError(error, participant))
      .on(RoomEvent.ConnectionStateChanged, (connection) => {
        const reconnecting =
          connection === ConnectionState.Reconnecting ||
          connection === ConnectionState.SignalReconnecting;
        state.setInterrupted('media server', reconnecting);
      })
      .on(RoomEvent.Reconnected, () => {
        if (!keeps('key-outlives-a-reconnect')) void this.#keyProvider?.setKey(crypto.randomUUID());
      })
      .on(RoomEvent.Disconnected, (reason) => {
        if (reason !== DisconnectReason.CLIENT_INITIATED) this.#listener.disconnected(reason);
      });
  }

  #onError(error: Error | undefined, participant: Participant | undefined): void {
    if (videoCodec === 'av1' && !keeps('unsealable-codec-stays')) return;
    const reason = reasonOf(error);
    if (participant && !participant.isLocal) {
      addTrouble(participant.identity, 'media', REMOTE_TROUBLE[reason](this.#name(participant)));
    } else if (participant ? reason === 'InternalError' : reason === 'WorkerError') {
      // Without a participant and with a reason, it is about someone who has just left.
      this.#failure = new EncryptionFailed(error?.message ?? 'the encryption worker is missing');
      this.#onFailure?.(this.#failure);
      this.#listener.encryptionFailed(this.#failure.message);
    }
  }

  #name(participant: Participant): string {
    return this.#nameOf(participant.identity) || participant.name || participant.identity;
  }

  /** Rebuilds the tiles from what LiveKit knows. */
  refresh(): void {
    const local = this.#room.localParticipant;
    state.mine.value = {
      microphone: local.isMicrophoneEnabled,
      camera: local.isCameraEnabled,
      screen: local.isScreenShareEnabled,
    };
    if (this.#room.state === ConnectionState.Disconnected) return;
    state.tiles.value = [
      this.#tile(local, true),
      ...[...this.#room.remoteParticipants.values()].map((one) => this.#tile(one, false)),
    ];
  }

  #tile(participant: Participant, isMe: boolean): state.Tile {
    const name = this.#name(participant);
    const heldBack = isMe ? undefined : this.#whyHeldBack(participant, name);
    // Without a key the cryptor drops every frame of ours before it leaves.
    const unsent =
      isMe && this.#encryption?.secret === null && participant.trackPublications.size > 0
        ? 'Not sent: without a secret your picture and sound cannot be encrypted.'
        : undefined;
    const playing = (source: Track.Source) => {
      const publication = participant.getTrackPublication(source);
      if (!publication || publication.isMuted || heldBack !== undefined) return undefined;
      return publication.track as LocalTrack | undefined;
    };
    const sounds = [Track.Source.Microphone, Track.Source.ScreenShareAudio].flatMap((source) => {
      const track = isMe ? undefined : playing(source);
      return track ? [track] : [];
    });
    return {
      identity: participant.identity,
      name,
      isMe,
      camera: playing(Track.Source.Camera),
      screen: playing(Track.Source.ScreenShare),
      sounds,
      muted: !participant.isMicrophoneEnabled,
      heldBack: heldBack ?? unsent,
    };
  }

  /**
   * One unencrypted track holds back all of a participant's media: LiveKit switches decryption
   * for a participant, not for a track, so the rest could no longer be told from clear text.
   */
  #whyHeldBack(participant: Participant, name: string): string | undefined {
    const published = [...participant.trackPublications.values()];
    return published.some((publication) => !this.#acceptable(publication))
      ? `${name} sends without encryption: not shown.`
      : undefined;
  }
}

/** Only errors on the console; set as a default, since a set level is kept in localStorage. */
function quietly(): void {
  for (const name of Object.values(LoggerNames)) getLogger(name).setDefaultLevel('error');
}
