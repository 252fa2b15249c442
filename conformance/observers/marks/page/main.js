// Puts the parts together. Runs in every document before the page's own code.
(settings, parts) => {
  if (window[Symbol.for('marks')] || location.protocol === 'about:') return;
  Object.defineProperty(window, Symbol.for('marks'), { value: true });
  const tell = (news) => window.__marksRead?.(JSON.stringify(news));
  let worker;
  try {
    const url = URL.createObjectURL(new Blob([parts.worker], { type: 'text/javascript' }));
    worker = new Worker(url);
    URL.revokeObjectURL(url);
  } catch (error) {
    tell([{ kind: 'problem', at: Date.now(), text: `the marks could not start: ${error}` }]);
    return;
  }
  const post = (message, transfer) => worker.postMessage(message, transfer);
  let context = null;
  const sound = () => {
    // Nobody is to hear it: without a device behind it, it costs less.
    context ??= new AudioContext({
      sampleRate: settings.sampleRate, latencyHint: 'playback', sinkId: { type: 'none' },
    });
    if (context.state === 'suspended') context.resume().catch(() => {});
    return context;
  };
  parts.source(settings, post, sound);
  const look = parts.reader(settings, post, sound);
  worker.onmessage = ({ data }) => {
    if (data.news) tell(data.news);
    // Ticks that piled up while the page was busy would all see the same pictures.
    else if (document.readyState !== 'loading' && Date.now() - data.tick < 2 * settings.lookEvery) look(tell);
  };
  worker.onerror = (event) => {
    tell([{ kind: 'problem', at: Date.now(), text: `the marks stopped: ${event.message}` }]);
  };
}
