import { useEffect, useRef, useState } from 'preact/hooks';
import { mediaErrorOf } from '../decryption-errors';
import { onErrorStyle } from '../extension-points';
import { decryptionErrors, type Tile as TileState, talking } from '../state';
import { MicrophoneIcon, WarningIcon } from './icons';

type Track = NonNullable<TileState['camera']>;

export function Tiles({ tiles }: { tiles: readonly TileState[] }) {
  const screens = tiles.filter((tile) => tile.screen);
  const count = tiles.length + screens.length;
  // The stage is about twice as wide as high: this number of columns keeps the pictures largest.
  const columns = Math.max(1, Math.ceil(Math.sqrt(count * 1.2)));
  return (
    <section class="tiles" aria-label="Pictures" style={{ '--columns': columns }}>
      {screens.map((tile) => (
        <figure
          key={`${tile.identity} screen`}
          class="tile wide"
          aria-label={`${tile.name}: screen`}
        >
          <Picture track={tile.screen} mirror={false} name={tile.name} identity={tile.identity} />
          <WhyNoPicture tile={tile} />
          <figcaption>{tile.isMe ? 'Your screen' : `${tile.name}’s screen`}</figcaption>
        </figure>
      ))}
      {tiles.map((tile) => (
        <Person key={tile.identity} tile={tile} />
      ))}
    </section>
  );
}

function Person({ tile }: { tile: TileState }) {
  const { identity, name, isMe, camera, sounds, muted } = tile;
  const label = isMe ? `${name} (you)` : name;
  return (
    <figure class={talking.value.has(identity) ? 'tile talking' : 'tile'} aria-label={label}>
      <Picture track={camera} mirror={isMe} name={name} identity={identity} />
      {sounds.map((track) => (
        <Sound key={track.sid} track={track} />
      ))}
      <WhyNoPicture tile={tile} />
      <figcaption>
        {muted && (
          <span class="muted">
            <MicrophoneIcon off />
            <span class="unseen">Microphone off</span>
          </span>
        )}
        {label}
      </figcaption>
    </figure>
  );
}

/** The reason why a picture is missing, in its place. */
function WhyNoPicture({ tile }: { tile: TileState }) {
  const why = tile.heldBack ?? mediaErrorOf(decryptionErrors.value, tile.identity)?.text;
  if (!why) return null;
  const withheld = tile.isMe ? 'Not sent' : 'Not encrypted';
  return (
    <p
      class="reason"
      role="note"
      aria-label={tile.heldBack ? withheld : 'Decryption error'}
      style={tile.heldBack ? undefined : onErrorStyle({})}
    >
      <WarningIcon />
      <span>{why}</span>
    </p>
  );
}

interface PictureProps {
  readonly track: Track | undefined;
  readonly mirror: boolean;
  readonly name: string;
  readonly identity: string;
}

/** The picture; initials until the first frame is decoded. */
function Picture({ track, mirror, name, identity }: PictureProps) {
  const element = useRef<HTMLVideoElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const video = element.current;
    setSeen(false);
    if (!track || !video) return;
    track.attach(video);
    return () => {
      track.detach(video);
    };
  }, [track]);
  return (
    <>
      {(!track || !seen) && (
        <span class="initials" aria-hidden="true" style={{ '--hue': hue(identity) }}>
          {initials(name)}
        </span>
      )}
      {track && (
        <video
          ref={element}
          class={`${seen ? 'seen' : ''} ${mirror ? 'mirror' : ''}`}
          autoplay
          playsInline
          muted
          onLoadedData={() => setSeen(true)}
        />
      )}
    </>
  );
}

function Sound({ track }: { track: Track }) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    track.attach(audio);
    return () => {
      track.detach(audio);
    };
  }, [track]);
  // live speech has no captions here
  return <audio ref={element} autoplay />;
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words.at(0), words.at(-1)] : [words.at(0)];
  return ends
    .map((word) => String.fromCodePoint(word?.codePointAt(0) ?? 63).toUpperCase())
    .join('');
}

function hue(identity: string): number {
  let sum = 0;
  for (const character of identity) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return sum;
}
