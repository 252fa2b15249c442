// Records this tab's picture and sound; sends each piece and the videos' positions to Python.
async ({ frameRate, width, height, bitrate, every }) => {
  const stream = await navigator.mediaDevices.getDisplayMedia({
    video: { frameRate, width: { max: width }, height: { max: height } },
    audio: {
      suppressLocalAudioPlayback: false,
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
    },
    preferCurrentTab: true,
    selfBrowserSurface: 'include',
  });
  // The picture's box within its element (object-fit: contain), as fractions of the window.
  const place = (video) => {
    const box = video.getBoundingClientRect();
    const aspect = (video.videoWidth || 16) / (video.videoHeight || 9);
    const width = Math.min(box.width, box.height * aspect);
    const height = width / aspect;
    return [
      (box.left + (box.width - width) / 2) / innerWidth,
      (box.top + (box.height - height) / 2) / innerHeight,
      width / innerWidth,
      height / innerHeight,
    ];
  };
  const places = () =>
    [...document.querySelectorAll('video')].map(place).filter(([, , width]) => width > 0);
  const base64 = (blob) =>
    new Promise((done, failed) => {
      const reader = new FileReader();
      reader.onload = () => done(reader.result.slice(reader.result.lastIndexOf(',') + 1));
      reader.onerror = () => failed(reader.error);
      reader.readAsDataURL(blob);
    });
  const recorder = new MediaRecorder(stream, {
    mimeType: 'video/webm;codecs=vp8,opus',
    videoBitsPerSecond: bitrate,
  });
  let pieces = Promise.resolve();
  recorder.ondataavailable = ({ data }) => {
    const where = places();
    pieces = pieces.then(async () => window.__recorderPiece(await base64(data), where));
  };
  const stopped = new Promise((done) => {
    recorder.onstop = done;
  });
  window.__recorderStop = async () => {
    if (recorder.state !== 'inactive') recorder.stop();
    await stopped;
    await pieces;
    for (const track of stream.getTracks()) track.stop();
  };
  recorder.start(every);
  return stream.getTracks().map((track) => track.kind);
};
