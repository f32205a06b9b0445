// MPEG-1, 2 and 2.5 layer III. Xing and Info headers as LAME writes them:
// http://gabriel.mp3-tech.org/mp3infotag.html
import { Collector, ascii, view, type Run, type Track } from "./format";
import { mp3Config, sampleEntry } from "./fmp4";
import type { ByteReader, RemoteFile } from "./remote";

interface Header {
  /** Bits that are the same in all frames of a file. */
  kind: number;
  version: 1 | 2 | 2.5;
  rate: number;
  channels: number;
  kbps: number;
  /** Size in bytes. */
  size: number;
  /** Samples that it decodes to. */
  samples: number;
  /** Where a Xing header lies in the frame. */
  sideInfoEnd: number;
}

const KBPS_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBPS_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES = [44100, 48000, 32000];
const MAX_FRAME = 2881;

function header(bytes: Uint8Array, at: number): Header | null {
  const [b0, b1, b2, b3] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
  if (b0 !== 0xff || (b1 & 0xe6) !== 0xe2) return null; // sync, layer III
  const version = ([2.5, null, 2, 1] as const)[(b1 >> 3) & 3];
  const kbps = (version === 1 ? KBPS_1 : KBPS_2)[b2 >> 4];
  const base = RATES[(b2 >> 2) & 3];
  if (!version || !kbps || !base) return null;
  const rate = base / (version === 1 ? 1 : version === 2 ? 2 : 4);
  const samples = version === 1 ? 1152 : 576;
  const mono = b3 >> 6 === 3;
  return {
    kind: (b1 << 8) | (b2 & 0x0c),
    version,
    rate,
    channels: mono ? 1 : 2,
    kbps,
    size: Math.floor((samples * 125 * kbps) / rate) + ((b2 >> 1) & 1),
    samples,
    sideInfoEnd: 4 + (version === 1 ? (mono ? 17 : 32) : mono ? 9 : 17),
  };
}

/** Goes to the next frame; null when there is none. Two headers in a row are taken for real. */
async function sync(reader: ByteReader, kind?: number): Promise<Header | null> {
  for (;;) {
    const bytes = await reader.peek(2 * MAX_FRAME);
    if (bytes.length < 4) return null;
    const last = bytes.length - 4;
    for (let at = 0; at <= last; at++) {
      const found = header(bytes, at);
      if (!found || (kind !== undefined && found.kind !== kind)) continue;
      const next = at + found.size;
      if (next <= last && header(bytes, next)?.kind !== found.kind) continue;
      if (next > bytes.length) continue; // cut off: not to be decoded
      reader.skip(at);
      return found;
    }
    reader.skip(last + 1);
  }
}

export async function readMp3(file: RemoteFile, signal: AbortSignal): Promise<Track | null> {
  const reader = file.reader(0, signal);
  for (;;) {
    const tag = await reader.peek(10);
    if (tag.length < 10 || ascii(tag, 0, 3) !== "ID3") break;
    const [a, b, c, d] = tag.subarray(6, 10);
    const footer = tag[5]! & 0x10 ? 10 : 0;
    reader.skip(10 + ((a! << 21) | (b! << 14) | (c! << 7) | d!) + footer);
  }
  const first = await sync(reader);
  if (!first) return null;
  const frame = (await reader.peek(first.size)).subarray(0, first.size);
  const info = xing(frame, first);
  const start = reader.position + (info ? first.size : 0);
  file.park(reader);
  const { rate, channels, samples, kind } = first;

  const audioBytes = (info?.bytes ?? file.size ?? 0) - (info ? first.size : start);
  const mean = info?.frames ? audioBytes / info.frames : (samples * 125 * first.kbps) / rate;

  /** The byte where frame `index` begins, or nearly. */
  function byteOf(index: number): number {
    if (!info?.toc || !info.frames) return start + index * mean;
    const percent = Math.min((index / info.frames) * 100, 99.999);
    const [low, high] = [info.toc[Math.floor(percent)]!, info.toc[Math.floor(percent) + 1] ?? 256];
    const part = low + (high - low) * (percent % 1);
    return start - first!.size + (part / 256) * info.bytes!;
  }

  async function* runs(file: RemoteFile, position: number, signal: AbortSignal): AsyncGenerator<Run> {
    // A frame needs up to nine before it (the bit reservoir); two settle what can be heard.
    let index = Math.max(0, Math.floor(position / samples) - 2);
    const reader = file.reader(Math.floor(byteOf(index)), signal);
    const collector = new Collector(rate);
    try {
      for (let isFirst = true; ; isFirst = false) {
        const found = await sync(reader, kind);
        if (!found) break;
        if (isFirst && index > 0 && !info?.toc) index = Math.round((reader.position - start) / mean);
        const data = await reader.take(found.size);
        if (!data) break;
        const run = collector.add(index++ * samples, { data, duration: samples });
        if (run) yield run;
      }
      const run = collector.flush();
      if (run) yield run;
    } finally {
      reader.close();
    }
  }

  return {
    types: ["audio/mpeg", 'audio/mp4; codecs="mp3"'],
    timescale: rate,
    // The 529 samples that a decoder adds of itself do not count: Chromium takes them off (measured).
    delay: info?.lame?.delay ?? 0,
    length:
      info?.lame && info.frames
        ? info.frames * samples - info.lame.delay - info.lame.padding
        : null,
    sampleEntry: sampleEntry(
      "mp4a",
      { channels, bits: 16, rate },
      mp3Config(first.version === 1 ? 0x6b : 0x69),
    ),
    runs,
  };
}

interface Xing {
  frames: number | null;
  /** Of the whole stream, this frame included. */
  bytes: number | null;
  /** Where each hundredth of the time begins, in 256ths of the bytes. */
  toc: Uint8Array | null;
  lame: { delay: number; padding: number } | null;
}

function xing(frame: Uint8Array, { sideInfoEnd }: Header): Xing | null {
  const name = ascii(frame, sideInfoEnd, sideInfoEnd + 4);
  if (name !== "Xing" && name !== "Info") return null;
  const data = view(frame);
  let at = sideInfoEnd + 8;
  const flags = data.getUint32(at - 4);
  const number = (flag: number) => {
    if (!(flags & flag)) return null;
    at += 4;
    return data.getUint32(at - 4);
  };
  const frames = number(1);
  const bytes = number(2);
  let toc: Uint8Array | null = null;
  if (flags & 4) {
    if (name === "Xing" && frames && bytes) toc = frame.slice(at, at + 100);
    at += 100;
  }
  number(8);
  const hasLame = frame.length >= at + 24 && /^(LAME|Lavc|Lavf|L3\.9)/.test(ascii(frame, at, at + 4));
  const packed = hasLame ? (data.getUint8(at + 21) << 16) | data.getUint16(at + 22) : 0;
  const lame = hasLame ? { delay: packed >> 12, padding: packed & 0xfff } : null;
  return { frames, bytes, toc, lame };
}
