// The sound code of conformance/observers/marks/tones.py for the page. It reads one window of
// samples as a pair of tones [low, high] in Hz, or as null.
(settings) => {
  const size = settings.window;
  const hann = Float64Array.from({ length: size }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / size));
  const hannSum = hann.reduce((sum, w) => sum + w, 0);
  const hannEnergy = hann.reduce((sum, w) => sum + w * w, 0);
  const x = new Float64Array(size);

  // |DFT|^2 of x at `frequency`, by Goertzel's recurrence.
  const power = (frequency) => {
    const k = 2 * Math.cos((2 * Math.PI * frequency) / settings.sampleRate);
    let a = 0;
    let b = 0;
    for (let n = 0; n < size; n++) {
      const next = x[n] + k * a - b;
      b = a;
      a = next;
    }
    return a * a + b * b - k * a * b;
  };

  return (samples) => {
    let mean = 0;
    for (let n = 0; n < size; n++) mean += samples[n];
    mean /= size;
    let energy = 0;
    for (let n = 0; n < size; n++) {
      x[n] = (samples[n] - mean) * hann[n];
      energy += x[n] * x[n];
    }
    if (!(Math.sqrt(energy / hannEnergy) >= settings.leastRms)) return null;
    const shares = settings.grid
      .map((frequency) => [(2 * power(frequency) * hannEnergy) / (hannSum * hannSum * energy), frequency])
      .sort((one, other) => other[0] - one[0]);
    const [[first, f1], [second, f2], [third]] = shares;
    if (!(first + second >= settings.leastShare)) return null;
    if (second < settings.leastEach || third > settings.mostThird) return null;
    const pair = f1 < f2 ? [f1, f2] : [f2, f1];
    return pair[1] - pair[0] > settings.grid[1] - settings.grid[0] ? pair : null;
  };
}
