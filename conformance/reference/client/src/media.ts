/** Picture and sound through LiveKit, end-to-end encrypted by its frame cryptor. */
import {
  ConnectionState,
  createLocalTracks,
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
} from 'livekit-client';
import workerUrl from 'livekit-client/e2ee-worker?worker&url';
import carelessWorkerUrl from './careless-worker?worker&url';
import { keeps } from './rules';
import * as state from './state';
import { addTrouble } from './troubles';

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
  #worker: Worker | undefined;
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
      // What leaves is exactly one VP8 stream a source: nothing to choose from, nothing to forget.
      publishDefaults: { videoCodec: 'vp8', simulcast: false, dtx: false, red: false },
      disconnectOnPageLeave: true,
    };
    if (encryption) {
      const keyProvider = new ExternalE2EEKeyProvider();
      const url = keeps('injected-frames-not-rendered') ? workerUrl : carelessWorkerUrl;
      this.#worker = new Worker(url, { type: 'module' });
      options.encryption = { keyProvider, worker: this.#worker };
      if (encryption.secret !== null) this.#keySet = keyProvider.setKey(encryption.secret);
    }
    this.#room = new Room(options);
    this.#watch();
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
    for (const participant of this.#room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values())
        this.#subscribe(publication);
    }
    this.refresh();
  }

  /** Asks for the devices; a device that is missing or refused is named in a notice. */
  static async openDevices(microphone: boolean, camera: boolean): Promise<LocalTrack[]> {
    if (!microphone && !camera) return [];
    try {
      return await createLocalTracks({
        audio: microphone,
        video: camera && { resolution: { width: 640, height: 360, frameRate: 20 } },
      });
    } catch (error) {
      if (microphone && camera) {
        const each = [Media.openDevices(true, false), Media.openDevices(false, true)];
        return (await Promise.all(each)).flat();
      }
      const which = microphone ? 'microphone' : 'camera';
      const why = error instanceof Error ? error.message : String(error);
      state.notice.value = `Your ${which} cannot be used: ${why}`;
      return [];
    }
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
      else {
        const screen = await local.setScreenShareEnabled(on, { audio: true });
        if (on && !keeps('screen-encrypted')) this.#uncover(local, screen);
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      state.notice.value = `Your ${source} cannot be used: ${why}`;
    }
    this.refresh();
  }

  /** Has the cryptor pass a track on as it is, from now on. */
  #uncover(whose: Participant, publication: TrackPublication | undefined): void {
    const data = {
      participantIdentity: whose.identity,
      trackId: publication?.track?.mediaStreamID,
    };
    this.#worker?.postMessage({ kind: 'removeTransform', data });
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
      .on(RoomEvent.TrackSubscribed, (_track, publication, participant) => {
        const isScreen = publication.source === Track.Source.ScreenShare;
        if (isScreen && !keeps('screen-encrypted')) this.#uncover(participant, publication);
      })
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
      .on(RoomEvent.Disconnected, (reason) => {
        if (reason !== DisconnectReason.CLIENT_INITIATED) this.#listener.disconnected(reason);
      });
  }

  #onError(error: Error | undefined, participant: Participant | undefined): void {
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

type Reason = 'InvalidKey' | 'MissingKey' | 'InternalError' | 'WorkerError';

/** LiveKit's worker reports a frame's errors as "Reason: text"; without one the worker itself failed. */
function reasonOf(error: Error | undefined): Reason {
  const reason = /^(InvalidKey|MissingKey|InternalError):/.exec(error?.message ?? '')?.[1];
  return (reason as Reason | undefined) ?? 'WorkerError';
}

/** Only errors on the console; set as a default, since a set level is kept in localStorage. */
function quietly(): void {
  for (const name of Object.values(LoggerNames)) getLogger(name).setDefaultLevel('error');
}

const broken = (name: string) => `${name}’s picture and sound cannot be decrypted.`;

const REMOTE_TROUBLE: Readonly<Record<Reason, (name: string) => string>> = {
  InvalidKey: (name) => `${name}’s picture and sound cannot be decrypted: your secrets differ.`,
  MissingKey: (name) => `${name}’s picture and sound cannot be decrypted: you have no secret.`,
  InternalError: broken,
  WorkerError: broken,
};
