// AAC in MP4 (ISO 14496-12): the sample table becomes runs of frames.
import { Collector, ascii, view, type Run, type Track } from "./format";
import { concat, type RemoteFile } from "./remote";

/** The boxes within `bytes`, by type; of several with one type, the first. */
function boxes(bytes: Uint8Array, from = 0): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (let at = from; at + 8 <= bytes.length; ) {
    const size = view(bytes).getUint32(at) || bytes.length - at;
    if (size < 8) break;
    const type = ascii(bytes, at + 4, at + 8);
    if (!found.has(type)) found.set(type, bytes.subarray(at + 8, at + size));
    at += size;
  }
  return found;
}

function inside(bytes: Uint8Array | undefined, ...path: string[]): Uint8Array | undefined {
  return path.reduce((box, type) => box && boxes(box).get(type), bytes);
}

async function readMovie(file: RemoteFile, signal: AbortSignal): Promise<Uint8Array | null> {
  const reader = file.reader(0, signal);
  try {
    for (;;) {
      const bytes = await reader.peek(16);
      if (bytes.length < 8) return null;
      const type = ascii(bytes, 4, 8);
      let size = view(bytes).getUint32(0);
      if (size === 1) size = Number(view(bytes).getBigUint64(8));
      if (size < 8) return null;
      if (type === "moov") return (await reader.take(size))?.slice(8) ?? null;
      reader.skip(size);
    }
  } finally {
    reader.close();
  }
}

export async function readMp4(file: RemoteFile, signal: AbortSignal): Promise<Track | null> {
  const movie = await readMovie(file, signal);
  const trak = movie && inside(movie, "trak");
  const media = inside(trak ?? undefined, "mdia");
  const table = inside(media, "minf", "stbl");
  const mdhd = inside(media, "mdhd");
  const stsd = inside(table, "stsd");
  if (!movie || !media || !table || !mdhd || !stsd) return null;
  const timescale = view(mdhd).getUint32(mdhd[0] === 1 ? 20 : 12);
  const entrySize = view(stsd).getUint32(8);
  const sampleEntry = stsd.slice(8, 8 + entrySize);
  const type = codecOf(sampleEntry);
  const samples = type && sampleTable(boxes(table));
  if (!samples) return null;
  const { offsets, sizes, starts } = samples;
  const count = sizes.length;
  const { delay, length } = musicIn(movie, trak!, timescale, starts[count]!);

  async function* runs(file: RemoteFile, position: number, signal: AbortSignal): AsyncGenerator<Run> {
    // One frame before the wanted one: it overlaps into it.
    let index = Math.max(0, starts.findLastIndex((start) => start <= position) - 1);
    const collector = new Collector(timescale);
    const reader = file.reader(offsets[Math.min(index, count - 1)]!, signal);
    try {
      for (; index < count; index++) {
        if (offsets[index]! < reader.position) return;
        reader.skip(offsets[index]! - reader.position);
        const data = await reader.take(sizes[index]!);
        if (!data) break;
        // The last frame's duration says where the music ends, but it decodes to a whole one.
        const duration = Math.max(starts[1]!, starts[index + 1]! - starts[index]!);
        const run = collector.add(starts[index]!, { data, duration });
        if (run) yield run;
      }
      const run = collector.flush();
      if (run) yield run;
    } finally {
      reader.close();
    }
  }

  return { types: [type], timescale, delay, length, sampleEntry, runs };
}

/** The type of the source buffer; null for what no browser is told by these means, ALAC say. */
function codecOf(entry: Uint8Array): string | null {
  if (ascii(entry, 4, 8) !== "mp4a" || view(entry).getUint16(16) !== 0) return null;
  const esds = boxes(entry, 36).get("esds");
  if (!esds) return null;
  // Descriptors: 3 holds 4 (the object type), which holds 5 (AudioSpecificConfig).
  let at = 4;
  const enter = () => {
    const tag = esds[at++]!;
    while (esds[at++]! & 0x80);
    return tag;
  };
  if (enter() !== 3) return null;
  at += 3;
  if (enter() !== 4 || esds[at] !== 0x40) return null;
  at += 13;
  if (enter() !== 5) return null;
  return `audio/mp4; codecs="mp4a.40.${esds[at]! >> 3}"`;
}

interface SampleTable {
  offsets: number[];
  sizes: number[];
  /** When each begins, and behind the last when that ends. */
  starts: number[];
}

function sampleTable(table: Map<string, Uint8Array>): SampleTable | null {
  const [stsz, stts, stsc] = [table.get("stsz"), table.get("stts"), table.get("stsc")];
  const chunks = table.get("stco") ?? table.get("co64");
  if (!stsz || !stts || !stsc || !chunks) return null;
  const one = view(stsz).getUint32(4);
  const count = view(stsz).getUint32(8);
  const sizes = Array.from({ length: count }, (_, i) => one || view(stsz).getUint32(12 + 4 * i));

  const starts = [0];
  for (let i = 0; i < view(stts).getUint32(4); i++) {
    const [repeat, duration] = [view(stts).getUint32(8 + 8 * i), view(stts).getUint32(12 + 8 * i)];
    for (let n = 0; n < repeat; n++) starts.push(starts.at(-1)! + duration);
  }

  const isWide = table.has("co64") && !table.has("stco");
  const chunkCount = view(chunks).getUint32(4);
  const offsets: number[] = [];
  for (let chunk = 0, entry = 0; chunk < chunkCount && offsets.length < count; chunk++) {
    const following = 8 + 12 * (entry + 1);
    if (following < stsc.length && view(stsc).getUint32(following) <= chunk + 1) entry++;
    let offset = isWide
      ? Number(view(chunks).getBigUint64(8 + 8 * chunk))
      : view(chunks).getUint32(8 + 4 * chunk);
    for (let n = view(stsc).getUint32(8 + 12 * entry + 4); n > 0 && offsets.length < count; n--) {
      offset += sizes[offsets.push(offset) - 1]!;
    }
  }
  // No frames here means a fragmented file.
  return count > 0 && offsets.length === count && starts.length > count
    ? { offsets, sizes, starts }
    : null;
}

/** Where the music lies: by iTunes' comment, else by the edit list, else all of it. */
function musicIn(movie: Uint8Array, trak: Uint8Array, timescale: number, total: number) {
  const list = iTunesList(movie);
  const comment = list && /iTunSMPB[^]*? [0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{8}) ([0-9A-F]{16})/.exec(list);
  if (comment) return { delay: parseInt(comment[1]!, 16), length: parseInt(comment[3]!, 16) };
  const elst = inside(trak, "edts", "elst");
  const mvhd = inside(movie, "mvhd");
  if (elst && mvhd && view(elst).getUint32(4) === 1) {
    const isWide = elst[0] === 1;
    const duration = isWide ? Number(view(elst).getBigUint64(8)) : view(elst).getUint32(8);
    const delay = isWide ? Number(view(elst).getBigInt64(16)) : view(elst).getInt32(12);
    const scale = view(mvhd).getUint32(mvhd[0] === 1 ? 20 : 12);
    // In the movie's coarse units; never more than there is.
    const length = Math.min(Math.round((duration * timescale) / scale), total - delay);
    if (delay >= 0 && length > 0) return { delay, length };
  }
  return { delay: 0, length: total };
}

function iTunesList(movie: Uint8Array): string | null {
  const meta = inside(movie, "udta", "meta");
  const list = meta && boxes(meta, 4).get("ilst");
  if (!list) return null;
  const texts: Uint8Array[] = [];
  for (let at = 0; at + 8 <= list.length; ) {
    const size = view(list).getUint32(at);
    if (size < 8) break;
    if (ascii(list, at + 4, at + 8) === "----") texts.push(list.subarray(at, at + size));
    at += size;
  }
  return new TextDecoder("latin1").decode(concat(texts));
}
