// Combines the parts. Runs in every document before the page's own code.
(settings, parts) => {
  if (window[Symbol.for('marks')] || location.protocol === 'about:') return;
  Object.defineProperty(window, Symbol.for('marks'), { value: true });
  const report = (readings) => window.__marksRead?.(JSON.stringify(readings));
  let worker;
  try {
    const url = URL.createObjectURL(new Blob([parts.worker], { type: 'text/javascript' }));
    worker = new Worker(url);
    URL.revokeObjectURL(url);
  } catch (error) {
    report([{ kind: 'problem', at: Date.now(), text: `the marks could not start: ${error}` }]);
    return;
  }
  const post = (message, transfer) => worker.postMessage(message, transfer);
  let context = null;
  const sound = () => {
    // The sound needs no output device; without one it costs less.
    context ??= new AudioContext({
      sampleRate: settings.sampleRate, latencyHint: 'playback', sinkId: { type: 'none' },
    });
    if (context.state === 'suspended') context.resume().catch(() => {});
    return context;
  };
  parts.source(settings, post, sound);
  const look = parts.reader(settings, post, sound);
  worker.onmessage = ({ data }) => {
    if (data.readings) report(data.readings);
    // Skip ticks that queued up while the page was busy: they would all read the same pictures.
    else if (document.readyState !== 'loading' && Date.now() - data.tick < 2 * settings.lookEvery) look(report);
  };
  worker.onerror = (event) => {
    report([{ kind: 'problem', at: Date.now(), text: `the marks stopped: ${event.message}` }]);
  };
}
