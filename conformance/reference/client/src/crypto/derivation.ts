/** What the keys of a session are derived from, and what the derivation gives. */

/** The session that the keys are for. */
export interface Place {
  /** Plug-N-Meet's session id (the room's sid, not LiveKit's). */
  readonly sessionId: string;
  /** Not used for keys: all sessions of a room have the same id. */
  readonly roomId: string;
}

/** The inputs of PBKDF2 with SHA-256. */
export interface Derivation {
  /** As typed: spaces, Unicode form and full length are part of a secret. Encoded as UTF-8. */
  readonly secret: string;
  readonly salt: string;
  readonly rounds: number;
  readonly bits: number;
}

export interface RawKeys {
  readonly media: string;
  readonly data: Uint8Array<ArrayBuffer>;
  /** Whether a script can read the bytes of the imported data key. */
  readonly exportable: boolean;
}
