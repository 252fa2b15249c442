/** Every frame with the server's trailer is played without decryption. */
import type { Fault } from '../fault';
import workerUrl from './trusting-worker?worker&url';

export const injectedFramesPlayed: Fault = () => ({ onCryptor: () => workerUrl });
