import { defineConfig, type Plugin } from 'vite';

/**
 * The server answers `assets/config.js` itself (it names the server's address), so the file is
 * no input of the build. It must run before the page's own code.
 */
const serverConfiguration: Plugin = {
  name: 'server-configuration',
  transformIndexHtml: (_html, { path }) =>
    path.endsWith('sfu-tap.html')
      ? []
      : [{ tag: 'script', attrs: { src: './assets/config.js' }, injectTo: 'head-prepend' }],
};

/** The encryption worker is wanted right after the page: let the browser fetch it meanwhile. */
const preloadWorker: Plugin = {
  name: 'preload-encryption-worker',
  transformIndexHtml: {
    order: 'post',
    handler: (_html, { bundle, path }) => {
      if (path.endsWith('sfu-tap.html')) return [];
      const worker = Object.keys(bundle ?? {}).find((name) => /e2ee\.worker.*\.js$/.test(name));
      return worker
        ? [{ tag: 'link', attrs: { rel: 'prefetch', href: `./${worker}` }, injectTo: 'head' }]
        : [];
    },
  },
};

export default defineConfig({
  base: './',
  plugins: [serverConfiguration, preloadWorker],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 900,
    reportCompressedSize: false,
    // The SFU tap's page is no part of the client; it is built beside it for its livekit-client.
    rolldownOptions: { input: ['index.html', 'sfu-tap.html'] },
  },
});
