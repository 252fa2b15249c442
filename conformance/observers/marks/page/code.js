// The picture code of conformance/observers/marks/code.py for the page. Layout and thresholds
// come from there (`settings`), so that both stay equal. A test compares the two.
(settings) => {
  const { columns, rows, rim, rimLight, inner, points } = settings;

  const table = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    table[n] = c >>> 0;
  }
  const crc32 = (bytes) => {
    let crc = 0xffffffff;
    for (const byte of bytes) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    return (crc ^ 0xffffffff) >>> 0;
  };
  const check = (payload) => crc32([
    ...settings.prefix, payload >>> 24, (payload >>> 16) & 0xff, (payload >>> 8) & 0xff, payload & 0xff,
  ]);

  // 1 for each light cell: a Uint8Array of columns * rows.
  const cells = (identity, screen, counter) => {
    const payload = ((identity << 16) | (screen ? 0x8000 : 0) | (counter ^ (counter >>> 1))) >>> 0;
    const words = [
      (payload ^ settings.whitening[0]) >>> 0,
      (check(payload) ^ settings.whitening[1]) >>> 0,
    ];
    const grid = new Uint8Array(columns * rows);
    rim.forEach((cell, i) => { grid[cell] = rimLight[i] ? 1 : 0; });
    for (let i = 0; i < 64; i++) {
      const bit = (words[i >> 5] >>> (31 - (i & 31))) & 1;
      grid[inner[i]] = bit;
      grid[inner[127 - i]] = 1 - bit;
    }
    return grid;
  };

  // Draws into the Y plane of an I420 picture.
  const draw = (luma, width, height, identity, screen, counter) => {
    const grid = cells(identity, screen, counter);
    const line = new Uint8Array(width);
    let drawn = -1;
    for (let y = 0; y < height; y++) {
      const row = Math.floor((y * rows) / height);
      if (row !== drawn) {
        for (let x = 0; x < width; x++) {
          line[x] = grid[row * columns + Math.floor((x * columns) / width)] ? settings.light : settings.dark;
        }
        drawn = row;
      }
      luma.set(line, y * width);
    }
  };

  const median = (values) => {
    const sorted = values.sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  };

  const decodeAt = (luma, stride, left, top, width, height) => {
    const xs = [];
    const ys = [];
    for (let i = 0; i < points; i++) {
      const offset = 0.25 + (0.5 * (i + 0.5)) / points;
      for (let c = 0; c < columns; c++) xs[c * points + i] = Math.floor(left + ((c + offset) * width) / columns);
      for (let r = 0; r < rows; r++) ys[r * points + i] = Math.floor(top + ((r + offset) * height) / rows);
    }
    const means = new Float64Array(columns * rows);
    for (let y = 0; y < ys.length; y++) {
      const row = Math.floor(y / points) * columns;
      const line = ys[y] * stride;
      for (let x = 0; x < xs.length; x++) means[row + Math.floor(x / points)] += luma[line + xs[x]];
    }
    for (let i = 0; i < means.length; i++) means[i] /= points * points;
    const light = median(rim.filter((_, i) => rimLight[i]).map((cell) => means[cell]));
    const dark = median(rim.filter((_, i) => !rimLight[i]).map((cell) => means[cell]));
    const contrast = light - dark;
    if (!(contrast >= settings.leastContrast)) return null;
    let wrong = 0;
    rim.forEach((cell, i) => { if ((means[cell] > (light + dark) / 2) !== rimLight[i]) wrong++; });
    if (wrong > settings.rimErrors) return null;
    const words = [0, 0];
    for (let i = 0; i < 64; i++) {
      const difference = means[inner[i]] - means[inner[127 - i]];
      if (Math.abs(difference) < settings.leastMargin * contrast) return null;
      words[i >> 5] = ((words[i >> 5] << 1) | (difference > 0 ? 1 : 0)) >>> 0;
    }
    const payload = (words[0] ^ settings.whitening[0]) >>> 0;
    if (check(payload) !== ((words[1] ^ settings.whitening[1]) >>> 0)) return null;
    let counter = payload & 0x7fff;
    for (const shift of [1, 2, 4, 8]) counter ^= counter >>> shift;
    return { identity: payload >>> 16, source: payload & 0x8000 ? 'screen' : 'camera', counter };
  };

  // The part inside dark bars, or null.
  const withoutBars = (luma, stride, width, height) => {
    let low = 255;
    let high = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = luma[y * stride + x];
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    if (high - low < settings.leastContrast) return null;
    const inRow = new Uint32Array(height);
    const inColumn = new Uint32Array(width);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (luma[y * stride + x] > (low + high) / 2) { inRow[y]++; inColumn[x]++; }
      }
    }
    const edges = (counts, size) => {
      const first = counts.findIndex((count) => count > 0.3 * size);
      const last = counts.findLastIndex((count) => count > 0.3 * size);
      return [first, last - first + 1];
    };
    const [top, tall] = edges(inRow, width);
    const [left, wide] = edges(inColumn, height);
    if (top < 0 || left < 0 || wide < columns * 2 || tall < rows * 2) return null;
    return [left, top, wide, tall];
  };

  // The content of a picture's mark, {identity, source, counter}, or null.
  const decode = (luma, stride, width, height) => {
    if (width < columns * 2 || height < rows * 2) return null;
    const whole = decodeAt(luma, stride, 0, 0, width, height);
    if (whole) return whole;
    const box = withoutBars(luma, stride, width, height);
    return box && decodeAt(luma, stride, ...box);
  };

  return { draw, decode };
}
