// A worker that keeps time, draws the marks and reads them. Browsers slow down the timers of a
// hidden page's main thread, but not of its workers, and a busy client does not delay a worker.
(settings, pictureCode, toneCode) => {
  const code = pictureCode(settings.code);
  const toneIn = toneCode(settings.tones);
  const sources = [];

  // The picture number: the same for every source of the page, and new after a reload.
  const counterNow = () => Math.floor((Date.now() * settings.framesPerSecond) / 1000) % settings.counterValues;

  const paint = (source, counter) => {
    const { width, height, picture, writer } = source;
    if (writer.desiredSize !== null && writer.desiredSize <= 0) return;
    code.draw(picture, width, height, settings.identity, source.screen, counter);
    const frame = new VideoFrame(picture, {
      format: 'I420', codedWidth: width, codedHeight: height,
      timestamp: Math.round(performance.now() * 1000),
    });
    writer.write(frame).catch(() => frame.close());
  };

  const start = ({ screen, width, height, writable }) => {
    const chroma = (width / 2) * (height / 2);
    const picture = new Uint8Array(width * height + 2 * chroma);
    // One hue per participant, the opposite hue for the screen. Only the luma holds the code.
    const hue = ((settings.identity * 0.618034 + (screen ? 0.5 : 0)) % 1) * 2 * Math.PI;
    picture.fill(128 + 34 * Math.cos(hue), width * height, width * height + chroma);
    picture.fill(128 + 34 * Math.sin(hue), width * height + chroma);
    const source = { screen, width, height, picture, writer: writable.getWriter() };
    source.writer.closed.catch(() => {}).finally(() => sources.splice(sources.indexOf(source), 1));
    sources.push(source);
    paint(source, counterNow());
  };

  let luma = new Uint8Array(0);
  let canvas = null;
  const lumaOf = async (frame) => {
    const { width, height } = frame.visibleRect;
    if (frame.format && /^(I420|I422|I444|NV12)/.test(frame.format) && !/P1/.test(frame.format)) {
      const size = frame.allocationSize();
      if (luma.length < size) luma = new Uint8Array(size);
      const [plane] = await frame.copyTo(luma);
      return [luma.subarray(plane.offset), plane.stride, width, height];
    }
    // Other formats: the canvas converts them, at a small and cheap size.
    canvas ??= new OffscreenCanvas(320, 180).getContext('2d', { willReadFrequently: true });
    canvas.drawImage(frame, 0, 0, 320, 180);
    const { data } = canvas.getImageData(0, 0, 320, 180);
    const gray = new Uint8Array(320 * 180);
    for (let i = 0; i < gray.length; i++) {
      gray[i] = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
    }
    return [gray, 320, 320, 180];
  };

  let readings = [];
  const look = async ({ frame, at }) => {
    try {
      const reading = code.decode(...(await lumaOf(frame)));
      if (reading) readings.push({ kind: 'picture', at, ...reading });
    } finally {
      frame.close();
    }
  };

  const lastPair = new Map(); // element number -> the pair of its last window
  const listen = ({ samples, element, at }) => {
    const pair = toneIn(samples);
    const before = lastPair.get(element);
    if (pair && before && before[0] === pair[0] && before[1] === pair[1]) {
      readings.push({ kind: 'tones', at, tones: pair });
    }
    lastPair.set(element, pair);
  };

  // One reading after the other, because copies share a buffer.
  let looks = Promise.resolve();
  self.onmessage = ({ data }) => {
    if (data.start) start(data.start);
    else if (data.frame) looks = looks.then(() => look(data)).catch(() => {});
    else if (data.samples) listen(data);
  };

  let painted = -1;
  setInterval(() => {
    const counter = counterNow();
    if (counter === painted) return;
    painted = counter;
    for (const source of sources) paint(source, counter);
  }, 500 / settings.framesPerSecond);
  setInterval(() => self.postMessage({ tick: Date.now() }), settings.lookEvery);
  setInterval(() => {
    if (readings.length === 0) return;
    self.postMessage({ readings });
    readings = [];
  }, settings.reportEvery);
}
