// Reads the marks from the page's own <video> and <audio> elements, as far as a person sees and
// hears them. Elements that are hidden, muted, silent, paused or detached are not read.
(settings, post, sound) => {
  const numbers = new WeakMap(); // element -> its number
  const frames = new WeakMap(); // video -> its number of frames at the last reading
  const taps = new Map(); // audio track id -> {track, source, analyser}
  let count = 0;
  const number = (element) => {
    if (!numbers.has(element)) numbers.set(element, ++count);
    return numbers.get(element);
  };

  const collect = (root, found) => {
    for (const element of root.querySelectorAll('video, audio')) found.push(element);
    return found;
  };
  // Search for open shadow roots once a second: walking the whole page each time is expensive.
  let roots = [];
  const findRoots = (root, found = []) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) {
        found.push(element.shadowRoot);
        findRoots(element.shadowRoot, found);
      }
    }
    return found;
  };

  const shown = (video) => {
    const box = video.getBoundingClientRect();
    return box.width > 0 && box.height > 0
      && video.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };

  const look = (video, at) => {
    if (video.readyState < 2 || !video.videoWidth || !shown(video)) return;
    const drawn = video.getVideoPlaybackQuality().totalVideoFrames;
    if (frames.get(video) === drawn) return;
    frames.set(video, drawn);
    let frame;
    try {
      frame = new VideoFrame(video, { timestamp: 0 });
    } catch {
      return; // no picture yet, or one of another origin
    }
    post({ frame, at }, [frame]);
  };

  const audible = (element) => !element.muted && element.volume > 0 && !element.paused;

  const listen = (elements, at) => {
    const playing = new Map();
    for (const element of elements) {
      if (!audible(element) || !(element.srcObject instanceof MediaStream)) continue;
      for (const track of element.srcObject.getAudioTracks()) {
        if (track.enabled && track.readyState === 'live') playing.set(track.id, { track, element });
      }
    }
    for (const [id, tap] of taps) {
      if (playing.get(id)?.track === tap.track) continue;
      tap.source.disconnect();
      taps.delete(id);
    }
    for (const [id, { track, element }] of playing) {
      let tap = taps.get(id);
      if (!tap) {
        const context = sound();
        const source = context.createMediaStreamSource(new MediaStream([track]));
        const analyser = new AnalyserNode(context, { fftSize: settings.window });
        source.connect(analyser);
        tap = { track, source, analyser };
        taps.set(id, tap);
      }
      const samples = new Float32Array(settings.window);
      tap.analyser.getFloatTimeDomainData(samples);
      post({ samples, element: number(element), at }, [samples.buffer]);
    }
  };

  let ticks = 0;
  let facts = '';
  return (report) => {
    const at = Date.now();
    if (ticks % 8 === 0) roots = findRoots(document);
    const elements = roots.reduce((found, root) => collect(root, found), collect(document, []));
    const videos = elements.filter((element) => element instanceof HTMLVideoElement);
    for (const video of videos) look(video, at);
    if (ticks % 2 === 0) listen(elements, at);
    const seen = {
      videos: videos.map((v) => [v.videoWidth, v.videoHeight, v.paused, shown(v)]),
      audible: elements.filter((e) => audible(e) && e.srcObject).length,
    };
    if (ticks % 4 === 0 && JSON.stringify(seen) !== facts) {
      facts = JSON.stringify(seen);
      report([{ kind: 'facts', at, ...seen }]);
    }
    ticks++;
  };
}
