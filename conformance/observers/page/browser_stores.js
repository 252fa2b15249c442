// browser_stores.py evaluates it in a page: it reads the stored data of the page's origin.
async ({ mostBytes, mostEntries }) => {
  const items = [];
  const unread = [];
  const kept = new Set();
  const kinds = {};
  let bytes = 0;
  const text = new TextEncoder();
  const base64 = (data) => {
    let out = '';
    for (let i = 0; i < data.length; i += 0x8000) out += String.fromCharCode.apply(null, data.subarray(i, i + 0x8000));
    return btoa(out);
  };
  const full = () => items.length >= mostEntries || bytes >= mostBytes;
  const put = (kind, name, data) => {
    if (full()) { unread.push(`${kind}: the data exceeds the limit`); return; }
    const kept = data.subarray(0, mostBytes - bytes);
    if (kept.length < data.length) unread.push(`${kind} ${name}: truncated`);
    bytes += kept.length;
    items.push({ kind, name: String(name).slice(0, 500), data: base64(kept) });
  };
  const say = (kind, error) => unread.push(`${kind}: ${String(error?.message ?? error).slice(0, 200)}`);
  const attempt = async (kind, read) => {
    kinds[kind] = true;
    try {
      let timer;
      const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error('timeout')), 8000); });
      await Promise.race([read(), late]).finally(() => clearTimeout(timer));
    } catch (error) { say(kind, error); }
  };

  // All text and bytes in a value that structured cloning supports.
  const flatten = async (kind, name, value) => {
    const parts = [];
    const seen = new Set();
    let nodes = 0;
    const add = (data) => parts.push(data, text.encode('\n'));
    const walk = async (one, depth) => {
      if (++nodes > 50000 || depth > 16) { say(kind, `${name} is too deep or too large`); return; }
      if (one === null || one === undefined) return;
      if (typeof one === 'string') add(text.encode(one));
      else if (typeof one !== 'object') add(text.encode(String(one)));
      else if (seen.has(one)) return;
      else {
        seen.add(one);
        if (one instanceof ArrayBuffer) add(new Uint8Array(one));
        else if (ArrayBuffer.isView(one)) add(new Uint8Array(one.buffer, one.byteOffset, one.byteLength));
        else if (one instanceof Blob) add(new Uint8Array(await one.slice(0, mostBytes).arrayBuffer()));
        else if (one instanceof CryptoKey) await key(one);
        else if (one instanceof Map) for (const [a, b] of one) { await walk(a, depth + 1); await walk(b, depth + 1); }
        else if (one instanceof Set || Array.isArray(one)) for (const item of one) await walk(item, depth + 1);
        else for (const [a, b] of Object.entries(one)) { add(text.encode(a)); await walk(b, depth + 1); }
      }
    };
    const key = async (one) => {
      const what = `CryptoKey ${one.algorithm?.name}, ${one.type}, for ${[...one.usages].join(' ')}`;
      if (!one.extractable) { kept.add(`a ${what} in the ${kind} ${name}`); return; }
      const raw = await crypto.subtle.exportKey(one.type === 'secret' ? 'raw' : 'jwk', one);
      add(raw instanceof ArrayBuffer ? new Uint8Array(raw) : text.encode(JSON.stringify(raw)));
    };
    await walk(value, 0);
    // Add plain objects as JSON, too: a secret may be spread over an array's elements.
    try { if (typeof value === 'object') add(text.encode(JSON.stringify(value) ?? '')); } catch { /* not JSON */ }
    const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) { all.set(part, at); at += part.length; }
    put(kind, name, all);
  };

  for (const kind of ['localStorage', 'sessionStorage']) {
    await attempt(kind, async () => {
      const store = window[kind];
      for (let i = 0; i < store.length && !full(); i++) {
        const name = store.key(i);
        put(kind, name, text.encode(`${name}\n${store.getItem(name)}`));
      }
    });
  }
  await attempt('window.name', async () => { if (window.name) put('window.name', 'window.name', text.encode(window.name)); });
  const done = (request) => new Promise((yes, no) => {
    request.onsuccess = () => yes(request.result);
    request.onerror = () => no(request.error);
    request.onblocked = () => no(new Error('blocked'));
  });
  await attempt('IndexedDB', async () => {
    for (const { name: database } of await indexedDB.databases()) {
      const open = await done(indexedDB.open(database));
      try {
        for (const store of open.objectStoreNames) {
          const request = open.transaction(store, 'readonly').objectStore(store).openCursor();
          const values = [];
          await new Promise((yes, no) => {
            request.onerror = () => no(request.error);
            request.onsuccess = () => {
              const cursor = request.result;
              if (!cursor) return yes();
              if (values.length >= mostEntries) { say('IndexedDB', `${database}/${store}: the data exceeds the limit`); return yes(); }
              values.push([cursor.primaryKey, cursor.value]);
              cursor.continue();
              return undefined;
            };
          });
          for (const entry of values) if (!full()) await flatten('IndexedDB', `${database}/${store}`, entry);
        }
      } finally {
        open.close();
      }
    }
  });
  await attempt('Cache', async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const response = await cache.match(request);
        const head = text.encode(`${request.url}\n${JSON.stringify([...(response?.headers ?? [])])}\n`);
        const body = new Uint8Array((await response?.arrayBuffer()) ?? new ArrayBuffer(0));
        const all = new Uint8Array(head.length + body.length);
        all.set(head);
        all.set(body, head.length);
        put('Cache', `${name} ${request.url}`, all);
        if (full()) return;
      }
    }
  });
  await attempt('file system', async () => {
    const walk = async (folder, path, depth) => {
      if (depth > 8) { say('file system', `${path} is too deep`); return; }
      for await (const [name, handle] of folder.entries()) {
        if (full()) return;
        if (handle.kind === 'directory') await walk(handle, `${path}/${name}`, depth + 1);
        else put('file system', `${path}/${name}`, new Uint8Array(await (await handle.getFile()).slice(0, mostBytes).arrayBuffer()));
      }
    };
    await walk(await navigator.storage.getDirectory(), '', 0);
  });
  const workers = [];
  await attempt('service worker', async () => {
    for (const registration of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
      const script = (registration.active ?? registration.waiting ?? registration.installing)?.scriptURL ?? '?';
      workers.push(script);
      put('service worker', registration.scope, text.encode(script));
    }
  });
  return { items, unread: unread.slice(0, 100), keys: [...kept].slice(0, 100), kinds: Object.keys(kinds), workers };
}
