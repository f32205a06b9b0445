// Opus in Ogg: RFC 3533, RFC 7845.
import { Collector, ascii, view, type Run, type Track } from "./format";
import { opusConfig, sampleEntry } from "./fmp4";
import { concat, type ByteReader, type RemoteFile } from "./remote";

const RATE = 48000;

/**
 * A sample more or less of pre-skip: two songs with one description would share a decoder, and the
 * first 80 ms of the second be decoded from the state that the first has left, as a loud click.
 */
let preSkip = 0;

interface Page {
  /** Position of the end of the last packet that ends here; null when none does. */
  granule: number | null;
  isLast: boolean;
  /** Whether the first packet began on the page before. */
  isContinued: boolean;
  /** The packets; the last is unfinished when `isOpen`. */
  packets: Uint8Array[];
  isOpen: boolean;
}

async function readPage(reader: ByteReader): Promise<Page | null> {
  for (;;) {
    const bytes = await reader.peek(27);
    if (bytes.length < 27) return null;
    if (ascii(bytes, 0, 4) === "OggS" && bytes[4] === 0) break;
    const next = bytes.indexOf(0x4f, 1);
    reader.skip(next > 0 ? next : bytes.length);
  }
  const count = (await reader.peek(27))[26]!;
  const head = await reader.take(27 + count);
  if (!head) return null;
  const lacing = head.slice(27);
  const granule = view(head).getBigInt64(6, true);
  const body = await reader.take(lacing.reduce((sum, size) => sum + size, 0));
  if (!body) return null;
  const packets: Uint8Array[] = [];
  let [from, to] = [0, 0];
  for (const size of lacing) {
    to += size;
    if (size < 255) {
      packets.push(body.subarray(from, to));
      from = to;
    }
  }
  const isOpen = lacing.at(-1) === 255;
  if (isOpen) packets.push(body.subarray(from, to));
  return {
    granule: granule < 0n ? null : Number(granule),
    isLast: (head[5]! & 4) !== 0,
    isContinued: (head[5]! & 1) !== 0,
    packets,
    isOpen,
  };
}

/** Samples of a packet at 48 kHz (RFC 6716, 3.1). */
function duration(packet: Uint8Array): number {
  const config = packet[0]! >> 3;
  const [code, count] = [packet[0]! & 3, packet[1]! & 0x3f];
  const frames = code === 0 ? 1 : code === 3 ? count : 2;
  const size =
    config < 12
      ? [480, 960, 1920, 2880][config & 3]!
      : config < 16
        ? [480, 960][config & 1]!
        : [120, 240, 480, 960][config & 3]!;
  return frames * size;
}

export async function readOpus(file: RemoteFile, signal: AbortSignal): Promise<Track | null> {
  const reader = file.reader(0, signal);
  const head = (await readPage(reader))?.packets[0];
  if (!head || ascii(head, 0, 8) !== "OpusHead" || head[18] !== 0) return null;
  const data = view(head);
  const channels = head[9]!;
  const delay = data.getUint16(10, true);
  // The comments may hold a cover and take many pages; the packet that ends them ends its page.
  for (let page = await readPage(reader); page?.isOpen; ) page = await readPage(reader);
  const start = reader.position;
  file.park(reader);

  async function* runs(file: RemoteFile, position: number, signal: AbortSignal): AsyncGenerator<Run> {
    const { reader, at } = await seek(file, position, signal);
    const collector = new Collector(RATE);
    let open: Uint8Array | null = null;
    let next = at;
    try {
      for (;;) {
        const page = await readPage(reader);
        if (!page) break;
        const packets = page.packets;
        if (page.isContinued) {
          if (open) packets[0] = concat([open, packets[0]!]);
          else packets.shift(); // its beginning was before the place that we came to
        }
        open = page.isOpen ? (packets.pop() ?? null) : null;
        for (const packet of packets) {
          if (packet.length === 0) continue;
          const run = collector.add(next, { data: packet, duration: duration(packet) });
          next += duration(packet);
          if (run) yield run;
        }
        if (page.isLast) {
          const run = collector.flush(page.granule ?? undefined);
          if (run) yield run;
          break;
        }
      }
      const run = collector.flush();
      if (run) yield run;
    } finally {
      reader.close();
    }
  }

  /** A reader before a page whose first packet begins at `at`, 80 ms or more before `position`. */
  async function seek(file: RemoteFile, position: number, signal: AbortSignal) {
    const wanted = position - 3840;
    if (wanted <= 0) return { reader: file.reader(start, signal), at: 0 };
    const total = await lastGranule(file, signal);
    let byte = start + (wanted / total) * (file.size! - start) - 65536;
    for (; byte > start; byte -= 131072) {
      const reader = file.reader(Math.floor(byte), signal);
      // The first page found gives the position at which the second begins.
      const at = (await readPage(reader))?.granule;
      if (typeof at === "number" && at <= wanted) return { reader, at };
      reader.close();
    }
    return { reader: file.reader(start, signal), at: 0 };
  }

  async function lastGranule(file: RemoteFile, signal: AbortSignal): Promise<number> {
    const reader = file.reader(Math.max(start, file.size! - 65536), signal);
    let granule = 1;
    for (let page = await readPage(reader); page; page = await readPage(reader)) {
      granule = page.granule ?? granule;
    }
    reader.close();
    return granule;
  }

  return {
    types: ['audio/mp4; codecs="opus"'],
    timescale: RATE,
    delay,
    length: null,
    sampleEntry: sampleEntry("Opus", { channels, bits: 16, rate: RATE }, opusConfig(channels, (preSkip ^= 1))),
    runs,
  };
}
