// FLAC, RFC 9639.
import { Collector, ascii, view, type Run, type Track } from "./format";
import { flacConfig, sampleEntry } from "./fmp4";
import type { ByteReader, RemoteFile } from "./remote";

interface SeekPoint {
  sample: number;
  offset: number;
}

interface Header {
  position: number;
  samples: number;
}

export async function readFlac(file: RemoteFile, signal: AbortSignal): Promise<Track | null> {
  const reader = file.reader(0, signal);
  if (ascii(await reader.peek(4), 0, 4) !== "fLaC") return null;
  reader.skip(4);
  let info: Uint8Array | null = null;
  const points: SeekPoint[] = [];
  for (let isLast = false; !isLast; ) {
    const head = await reader.take(4);
    if (!head) return null;
    isLast = head[0]! >> 7 === 1;
    const kind = head[0]! & 0x7f;
    const length = view(head).getUint32(0) & 0xffffff;
    if (kind === 0) {
      info = (await reader.take(length))?.slice() ?? null;
    } else if (kind === 3) {
      const table = await reader.take(length);
      if (!table) return null;
      for (let at = 0; at + 18 <= length; at += 18) {
        const [sample, offset] = [view(table).getBigUint64(at), view(table).getBigUint64(at + 8)];
        if (sample < 2n ** 53n) points.push({ sample: Number(sample), offset: Number(offset) });
      }
    } else {
      reader.skip(length); // a picture may be large
    }
  }
  if (!info) return null;
  const start = reader.position;
  file.park(reader);
  const data = view(info);
  const blockSize = data.getUint16(0);
  const largest = data.getUint32(6) & 0xffffff;
  const packed = data.getBigUint64(10);
  const rate = Number(packed >> 44n);
  const channels = Number((packed >> 41n) & 7n) + 1;
  const bits = Number((packed >> 36n) & 31n) + 1;
  const total = Number(packed & 0xfffffffffn);
  const longest = largest || channels * bits * data.getUint16(2) / 8 + 64;

  /** The frame header at `at`, or null. Its checksum must be right. */
  function header(bytes: Uint8Array, at: number): Header | null {
    if (bytes[at] !== 0xff || (bytes[at + 1]! & 0xfe) !== 0xf8 || at + 16 > bytes.length) return null;
    const sizeCode = bytes[at + 2]! >> 4;
    let next = at + 4;
    const lead = bytes[next++]!;
    const more = lead < 0x80 ? 0 : Math.clz32(~lead << 24) - 1;
    let number = more === 0 ? lead : lead & (0x3f >> more);
    for (let i = 0; i < more; i++) number = number * 64 + (bytes[next++]! & 0x3f);
    let samples: number;
    if (sizeCode === 0) return null;
    else if (sizeCode === 1) samples = 192;
    else if (sizeCode < 6) samples = 576 << (sizeCode - 2);
    else if (sizeCode === 6) samples = bytes[next++]! + 1;
    else if (sizeCode === 7) samples = (bytes[next++]! << 8) + bytes[next++]! + 1;
    else samples = 256 << (sizeCode - 8);
    const rateCode = bytes[at + 2]! & 15;
    next += rateCode === 12 ? 1 : rateCode === 13 || rateCode === 14 ? 2 : 0;
    if (crc8(bytes.subarray(at, next)) !== bytes[next]) return null;
    const isNumbered = (bytes[at + 1]! & 1) === 0;
    return { position: isNumbered ? number * blockSize : number, samples };
  }

  /** Goes to the next frame, which is the one at `expected` when that is given. */
  async function sync(reader: ByteReader, from: number, expected?: number): Promise<[number, Header] | null> {
    for (let wanted = from + 16; ; wanted *= 2) {
      const bytes = await reader.peek(wanted);
      for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
        const found = header(bytes, at);
        if (found && (expected === undefined || found.position === expected)) return [at, found];
      }
      if (bytes.length < wanted) return null;
      if (wanted > 4 * longest + 65536) return null;
    }
  }

  async function* runs(file: RemoteFile, position: number, signal: AbortSignal): AsyncGenerator<Run> {
    const point = points.findLast((point) => point.sample <= position) ?? { sample: 0, offset: 0 };
    let byte = start + point.offset;
    if (position - point.sample > rate * 20 && total && file.size) {
      // No table, or a coarse one: go by the mean and step back once from the place found.
      byte = start + Math.max(0, (position / total) * (file.size - start) - 2 * longest);
    }
    let reader = file.reader(Math.floor(byte), signal);
    const collector = new Collector(rate);
    try {
      let found = await sync(reader, 0);
      for (let tries = 0; found && found[1].position > position && tries < 4; tries++) {
        const ahead = (found[1].position - position) / (total || found[1].position);
        byte = Math.max(start, byte - 1.2 * ahead * (file.size ?? byte) - 2 * longest);
        reader.close();
        reader = file.reader(Math.floor(byte), signal);
        found = await sync(reader, 0);
      }
      if (found) reader.skip(found[0]);
      while (found) {
        const { position, samples } = found[1];
        const next = await sync(reader, 1, position + samples);
        const size: number = next?.[0] ?? (await reader.peek(4 * longest)).length;
        const data = await reader.take(size);
        if (!data) break;
        const run = collector.add(position, { data, duration: samples });
        if (run) yield run;
        found = next;
      }
      const run = collector.flush();
      if (run) yield run;
    } finally {
      reader.close();
    }
  }

  return {
    types: ['audio/mp4; codecs="flac"'],
    timescale: rate,
    delay: 0,
    length: total || null,
    sampleEntry: sampleEntry("fLaC", { channels, bits, rate }, flacConfig(info)),
    runs,
  };
}

function crc8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}
