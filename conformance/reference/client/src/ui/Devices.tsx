import { useEffect, useState } from 'preact/hooks';
import type { Session } from '../session/session';
import { mine } from '../state';

const KINDS = [
  { kind: 'audioinput', name: 'Microphone in use', on: () => mine.value.microphone },
  { kind: 'videoinput', name: 'Camera in use', on: () => mine.value.camera },
] as const;

/** Choices of the microphone and the camera in use, if there is more than one. */
export function Devices({ session }: { session: Session }) {
  const [all, setAll] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    const look = () => {
      navigator.mediaDevices.enumerateDevices().then(setAll, () => setAll([]));
    };
    look();
    navigator.mediaDevices.addEventListener('devicechange', look);
    return () => navigator.mediaDevices.removeEventListener('devicechange', look);
  }, []);
  return (
    <div class="devices">
      {KINDS.map(({ kind, name, on }) => {
        const some = all.filter((device) => device.kind === kind && device.deviceId);
        if (some.length < 2) return null;
        return (
          <select
            key={kind}
            aria-label={name}
            disabled={!on()}
            onChange={(event) => session.useDevice(kind, event.currentTarget.value)}
          >
            {some.map(({ deviceId, label }) => (
              <option key={deviceId} value={deviceId}>
                {label}
              </option>
            ))}
          </select>
        );
      })}
    </div>
  );
}
