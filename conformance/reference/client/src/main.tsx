import { render } from 'preact';
import { seedFaults } from './faults/registry';
import { stopPlaybackPolling } from './media/playback-polling';
import { Session } from './session/session';
import { App } from './ui/App';
import './ui/style.css';

declare global {
  interface Window {
    /** Set by the server's assets/config.js. The default server is the origin of the page. */
    readonly plugNmeetConfig?: { readonly serverUrl?: string; readonly videoCodec?: string };
    /** Set by a test run before the page's own code starts; the page reads it once. */
    readonly plugnmeetReference?: { readonly break?: readonly string[] };
  }
}

stopPlaybackPolling();
const session = new Session(window.plugNmeetConfig?.serverUrl || window.location.origin);
const unknown = seedFaults(window.plugnmeetReference?.break ?? [], session);
const root = document.getElementById('app');
if (root) render(<App session={session} />, root);
if (unknown.length) {
  // A misspelled rule must not look like a run with this rule broken.
  session.end('No such rule', `To break: ${unknown.join(', ')}.`);
} else {
  void session.start(new URLSearchParams(window.location.search).get('access_token'));
}
