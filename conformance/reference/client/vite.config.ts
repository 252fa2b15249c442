import { defineConfig, type Plugin } from 'vite';

/**
 * The server itself answers `assets/config.js`, which contains the server's address, so the file is
 * not an input of the build. It must run before the page's own code.
 */
const serverConfiguration: Plugin = {
  name: 'server-configuration',
  transformIndexHtml: (_html, { path }) =>
    path.endsWith('sfu-tap.html')
      ? []
      : [{ tag: 'script', attrs: { src: './assets/config.js' }, injectTo: 'head-prepend' }],
};

/** The page needs the encryption worker soon, so the browser prefetches it. */
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
    // The SFU tap's page is not part of the client. It is built here to use its livekit-client.
    rolldownOptions: { input: ['index.html', 'sfu-tap.html'] },
  },
});
