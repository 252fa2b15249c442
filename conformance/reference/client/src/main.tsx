import { render } from 'preact';
import { Session } from './session/session';
import { stopPlaybackPolling } from './media/playback-polling';
import { App } from './ui/App';
import './ui/style.css';

declare global {
  interface Window {
    /** Set by the server's assets/config.js; without it the server is where the page is from. */
    readonly plugNmeetConfig?: { readonly serverUrl?: string; readonly videoCodec?: string };
  }
}

stopPlaybackPolling();
const session = new Session(window.plugNmeetConfig?.serverUrl || window.location.origin);
const root = document.getElementById('app');
if (root) render(<App session={session} />, root);
void session.start(new URLSearchParams(window.location.search).get('access_token'));
