// Replaces the page's cameras, microphones and screens by marks.
(settings, post, sound) => {
  if (!window.MediaDevices || !navigator.mediaDevices) return;
  const devices = window.MediaDevices.prototype;
  const native = { getUserMedia: devices.getUserMedia, getDisplayMedia: devices.getDisplayMedia };
  const pictures = new Map(); // "screen:width" -> the original track; each request gets a clone

  const wanted = (constraint) => {
    if (constraint === undefined || constraint === null) return undefined;
    if (typeof constraint !== 'object' || Array.isArray(constraint)) return constraint;
    return constraint.exact ?? constraint.ideal ?? constraint.max;
  };

  // The smallest size that is not below the requested one.
  const sizeFor = (constraints) => {
    const width = wanted(constraints.width) ?? Infinity;
    const height = wanted(constraints.height) ?? Infinity;
    return settings.sizes.find(([w, h]) => w >= width || h >= height) ?? settings.sizes.at(-1);
  };

  const pictureTrack = (screen, [width, height]) => {
    const key = `${screen}:${width}`;
    let kept = pictures.get(key);
    if (!kept || kept.readyState === 'ended') {
      kept = new MediaStreamTrackGenerator({ kind: 'video' });
      pictures.set(key, kept);
      post({ start: { screen, width, height, writable: kept.writable } }, [kept.writable]);
    }
    return kept.clone();
  };

  const voices = new Map(); // "voice" or "screen" -> the destination of its tones
  const soundTrack = (which) => {
    let voice = voices.get(which);
    if (!voice) {
      const context = sound();
      voice = context.createMediaStreamDestination();
      voice.channelCount = 1;
      voices.set(which, voice);
      const level = new GainNode(context, { gain: 0.16 });
      // A slight tremolo: encoders with discontinuous transmission treat a plain tone as noise.
      const depth = new GainNode(context, { gain: 0.05 });
      const tremolo = new OscillatorNode(context, { frequency: 3 });
      tremolo.connect(depth).connect(level.gain);
      tremolo.start();
      for (const frequency of which === 'screen' ? settings.screenTones : settings.tones) {
        const tone = new OscillatorNode(context, { frequency });
        tone.connect(level);
        tone.start();
      }
      level.connect(voice);
    }
    return voice.stream.getAudioTracks()[0].clone();
  };

  const asked = (constraint) => {
    const id = constraint.deviceId;
    const list = (value) => (value === undefined ? [] : [value].flat());
    if (typeof id === 'object' && id !== null && !Array.isArray(id)) {
      return { exact: list(id.exact), ideal: list(id.ideal) };
    }
    return { exact: [], ideal: list(id) };
  };

  const device = async (kind, constraint) => {
    const all = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === kind);
    const { exact, ideal } = asked(constraint);
    const known = all.filter((d) => d.deviceId);
    if (exact.length && known.length && !known.some((d) => exact.includes(d.deviceId))) {
      throw new OverconstrainedError('deviceId');
    }
    return all.find((d) => [...exact, ...ideal].includes(d.deviceId)) ?? all[0];
  };

  // Makes a track look like the device's own; its clones, too.
  const dress = (track, label, fixed, constraints) => {
    let current = constraints;
    const put = (name, value) => Object.defineProperty(track, name, { value, configurable: true });
    Object.defineProperty(track, 'label', { get: () => label, configurable: true });
    put('getSettings', () => ({ ...fixed }));
    put('getConstraints', () => ({ ...current }));
    put('applyConstraints', async (next) => { current = next ?? {}; });
    put('getCapabilities', () => {
      const range = (max) => ({ min: 1, max });
      const common = { deviceId: fixed.deviceId, groupId: fixed.groupId };
      return track.kind === 'video'
        ? { ...common, width: range(fixed.width), height: range(fixed.height),
            frameRate: { min: 0, max: fixed.frameRate }, facingMode: [], resizeMode: ['none', 'crop-and-scale'] }
        : { ...common, channelCount: range(1), sampleRate: { min: 48000, max: 48000 },
            echoCancellation: [true, false], autoGainControl: [true, false], noiseSuppression: [true, false] };
    });
    const clone = () => dress(MediaStreamTrack.prototype.clone.call(track), label, fixed, current);
    put('clone', clone);
    return track;
  };

  const camera = async (constraints) => {
    const found = await device('videoinput', constraints);
    const [width, height] = sizeFor(constraints);
    const facts = {
      deviceId: found?.deviceId ?? 'marked-camera', groupId: found?.groupId ?? 'marked', width, height,
      aspectRatio: width / height, frameRate: settings.framesPerSecond, resizeMode: 'none',
    };
    return dress(pictureTrack(false, [width, height]), found?.label || 'Marked camera', facts, constraints);
  };

  const microphone = async (constraints) => {
    const found = await device('audioinput', constraints);
    const facts = {
      deviceId: found?.deviceId ?? 'marked-microphone', groupId: found?.groupId ?? 'marked', channelCount: 1,
      sampleRate: 48000, sampleSize: 16, latency: 0.01,
      echoCancellation: false, autoGainControl: false, noiseSuppression: false,
    };
    return dress(soundTrack('voice'), found?.label || 'Marked microphone', facts, constraints);
  };

  const plain = (constraint) => (typeof constraint === 'object' && constraint !== null ? constraint : {});

  const marked = {
    async getUserMedia(constraints) {
      if (!constraints?.audio && !constraints?.video) return native.getUserMedia.call(this, constraints);
      const tracks = [];
      if (constraints.audio) tracks.push(await microphone(plain(constraints.audio)));
      if (constraints.video) tracks.push(await camera(plain(constraints.video)));
      return new MediaStream(tracks);
    },
    // With sound only if the client asks for it.
    async getDisplayMedia(options) {
      if (options?.video === false) return native.getDisplayMedia.call(this, options);
      const [width, height] = settings.sizes.at(-1);
      const facts = {
        deviceId: 'screen:0:0', groupId: '', width, height, aspectRatio: width / height,
        frameRate: settings.framesPerSecond, displaySurface: 'monitor', logicalSurface: true, cursor: 'motion',
      };
      const track = dress(pictureTrack(true, [width, height]), 'screen:0:0', facts, plain(options?.video));
      const tracks = [track];
      if (options?.audio) {
        const heard = {
          deviceId: 'screen-sound:0', groupId: '', channelCount: 1, sampleRate: 48000, sampleSize: 16, latency: 0.01,
          echoCancellation: false, autoGainControl: false, noiseSuppression: false,
        };
        tracks.push(dress(soundTrack('screen'), settings.screenSound, heard, plain(options.audio)));
      }
      return new MediaStream(tracks);
    },
  };
  for (const name of ['getUserMedia', 'getDisplayMedia']) {
    if (!native[name]) continue;
    Object.defineProperty(devices, name, {
      ...Object.getOwnPropertyDescriptor(devices, name), value: marked[name],
    });
  }
}
