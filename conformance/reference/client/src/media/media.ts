/** Picture and sound over LiveKit, end-to-end encrypted by its frame cryptor. */
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
import { reportDecryptionError } from '../decryption-errors';
import {
  onConnection,
  onCryptor,
  onPublish,
  onRefusal,
  onSubscribe,
  onTrack,
  type TrackEvent,
} from '../extension-points';
import * as state from '../state';
import { videoCodec } from './codec';
import { REMOTE_ERROR, reasonOf } from './cryptor-errors';
import { isSettled, onSettled } from './settled';

/** Each source is sent as exactly one stream with one layer, so that none can be overlooked. */
const PUBLISHED: TrackPublishDefaults = {
  videoCodec,
  scalabilityMode: 'L1T1',
  simulcast: false,
  dtx: false,
  red: false,
};

/** The time in which the encryption worker must report that it encrypts. */
const ENCRYPTION_DEADLINE_MS = 5000;

export class EncryptionFailed extends Error {
  override name = 'EncryptionFailed';
}

/** How this client encrypts the room's media. */
export interface MediaEncryption {
  /** Given to LiveKit's key provider; null if the person gave no secret. */
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
  readonly #worker: Worker | undefined;
  #keyProvider: ExternalE2EEKeyProvider | undefined;
  #keySet: Promise<void> = Promise.resolve();
  /** Whether this client encrypts its own tracks; set by `connect`. */
  #encrypts = false;
  /** True after encryption has failed: nothing is published any more. */
  #silenced = false;
  #failure: EncryptionFailed | undefined;
  #onFailure: ((failure: EncryptionFailed) => void) | undefined;

  constructor(
    encryption: MediaEncryption | null,
    listener: MediaListener,
    nameOf: (identity: string) => string | undefined,
  ) {
    logErrorsOnly();
    this.#encryption = encryption;
    this.#listener = listener;
    this.#nameOf = nameOf;
    const options: RoomOptions = {
      adaptiveStream: false,
      dynacast: false,
      publishDefaults: onPublish(PUBLISHED),
      disconnectOnPageLeave: true,
    };
    if (encryption) {
      const worker = new Worker(onCryptor(workerUrl), { type: 'module' });
      const keyProvider = new ExternalE2EEKeyProvider();
      options.encryption = { keyProvider, worker };
      this.#worker = worker;
      if (encryption.secret !== null) this.#keySet = keyProvider.setKey(encryption.secret);
      this.#keyProvider = keyProvider;
    }
    this.#room = new Room(options);
    this.#watch();
  }

  /**
   * Connects. Resolves when the cryptor encrypts what this client sends.
   *
   * @throws {EncryptionFailed} nothing is published
   */
  async connect(url: string, token: string): Promise<void> {
    this.#encrypts = this.#encryption !== null && this.#refusesToSendInClear(this.#encryption);
    if (this.#encrypts) {
      await this.#keySet;
      await this.#room.setE2EEEnabled(true);
    }
    const encrypting = this.#encrypts ? this.#untilEncrypting() : Promise.resolve();
    encrypting.catch(() => {});
    await this.#room.connect(url, token, { autoSubscribe: false });
    await encrypting;
    onConnection({ moment: 'media connected', others: [...this.#room.remoteParticipants.keys()] });
    onSettled(this.#room, () => this.#subscribeToAll());
    this.#subscribeToAll();
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

  /** Switches to another microphone or camera. */
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

  /** Stops sending for good: unpublishes every track and switches its device off. */
  async silence(): Promise<void> {
    this.#silenced = true;
    const tracks = [...this.#room.localParticipant.trackPublications.values()].flatMap(
      (publication) => (publication.track ? [publication.track] : []),
    );
    for (const track of tracks) track.mediaStreamTrack.enabled = false;
    await this.#room.localParticipant.unpublishTracks(tracks);
    this.refresh();
  }

  #refusesToSendInClear({ secret }: MediaEncryption): boolean {
    return onRefusal(true, { to: 'send in clear', what: 'media', haveKey: secret !== null });
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

  /** Requests all tracks that are there already, after connecting or after a full reconnect. */
  #subscribeToAll(): void {
    for (const participant of this.#room.remoteParticipants.values()) {
      for (const publication of participant.trackPublications.values())
        if (!publication.isSubscribed) this.#subscribe(publication, true);
    }
  }

  /**
   * Tracks are subscribed only here, after LiveKit has told its cryptor that the participant
   * encrypts. If a track is subscribed earlier, the first key frame can pass the cryptor without
   * decryption: the decoder shows garbage and waits seconds for the next key frame.
   *
   * @param before whether the track was published before this client connected
   */
  #subscribe(publication: RemoteTrackPublication, before: boolean): void {
    const about = { publication, before, encrypts: this.#encrypts };
    if (onSubscribe(this.#acceptable(publication), about)) publication.setSubscribed(true);
  }

  /** In an encrypted room only encrypted tracks are played. */
  #acceptable(publication: TrackPublication): boolean {
    const refuses =
      this.#encryption !== null && onRefusal(true, { to: 'play an unencrypted track' });
    return !refuses || publication.isEncrypted;
  }

  #watch(): void {
    const refresh = () => this.refresh();
    this.#room.on(RoomEvent.TrackPublished, (publication) => {
      if (isSettled(this.#room)) this.#subscribe(publication, false);
    });
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
      .on(RoomEvent.Reconnecting, () => onConnection({ moment: 'media restarting' }))
      .on(RoomEvent.Reconnected, () => {
        onConnection({ moment: 'media reconnected', keyProvider: this.#keyProvider });
        this.#tellOfOwnTracks('reconnected');
      })
      .on(RoomEvent.LocalTrackPublished, (publication, me) =>
        this.#tellOfTrack('published', publication, me),
      )
      .on(RoomEvent.TrackSubscribed, (_track, publication, participant) =>
        this.#tellOfTrack('received', publication, participant),
      )
      .on(RoomEvent.TrackUnmuted, (publication, participant) =>
        this.#tellOfTrack('unmuted', publication, participant),
      )
      .on(RoomEvent.ActiveDeviceChanged, () => this.#tellOfOwnTracks('device changed'))
      .on(RoomEvent.Disconnected, (reason) => {
        if (reason !== DisconnectReason.CLIENT_INITIATED) this.#listener.disconnected(reason);
      });
  }

  #tellOfTrack(
    moment: TrackEvent['moment'],
    publication: TrackPublication,
    participant: Participant,
  ): void {
    const [room, worker] = [this.#room, this.#worker];
    if (worker) onTrack({ moment, publication, participant, room, worker });
  }

  #tellOfOwnTracks(moment: TrackEvent['moment']): void {
    const me = this.#room.localParticipant;
    for (const publication of me.trackPublications.values())
      this.#tellOfTrack(moment, publication, me);
  }

  #onError(error: Error | undefined, participant: Participant | undefined): void {
    if (!onRefusal(true, { to: 'ignore an error of the cryptor' })) return;
    const reason = reasonOf(error);
    if (participant && !participant.isLocal) {
      const text = REMOTE_ERROR[reason](this.#name(participant));
      reportDecryptionError(participant.identity, 'media', text);
    } else if (participant ? reason === 'InternalError' : reason === 'WorkerError') {
      // An error with a reason but without a participant concerns someone who has just left.
      this.#failure = new EncryptionFailed(error?.message ?? 'the encryption worker is missing');
      this.#onFailure?.(this.#failure);
      this.#listener.encryptionFailed(this.#failure.message);
    }
  }

  #name(participant: Participant): string {
    return this.#nameOf(participant.identity) || participant.name || participant.identity;
  }

  /** Rebuilds the tiles from LiveKit's state. */
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
    // Without a key the cryptor drops every frame that this client would send.
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
   * One unencrypted track is a reason to hold back all of a participant's media. LiveKit switches
   * decryption for a participant, not for a track, so the other tracks could be clear text as well.
   */
  #whyHeldBack(participant: Participant, name: string): string | undefined {
    const published = [...participant.trackPublications.values()];
    if (!onRefusal(true, { to: 'play what is beside an unencrypted track' })) return undefined;
    return published.some((publication) => !this.#acceptable(publication))
      ? `${name} sends without encryption: not shown.`
      : undefined;
  }
}

/**
 * Only errors go to the console. The level is set as a default, because LiveKit's logger would write
 * an explicit level to localStorage.
 */
function logErrorsOnly(): void {
  for (const name of Object.values(LoggerNames)) getLogger(name).setDefaultLevel('error');
}
