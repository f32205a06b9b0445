// Fragmented MP4 (ISO 14496-12) around frames as they are: what source buffers take.
import { concat } from "./remote";
import type { Run, Track } from "./format";

const text = (value: string) => Uint8Array.from(value, (char) => char.charCodeAt(0));
const u8 = (...values: number[]) => Uint8Array.from(values);
const u16 = (...values: number[]) => u8(...values.flatMap((v) => [(v >> 8) & 255, v & 255]));
const u32 = (...values: number[]) =>
  u8(...values.flatMap((v) => [(v >>> 24) & 255, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]));
const zeros = (length: number) => new Uint8Array(length);

export function box(type: string, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 8);
  return concat([u32(length), text(type), ...parts]);
}

const full = (type: string, version: number, flags: number, ...parts: Uint8Array[]) =>
  box(type, u32((version << 24) | flags), ...parts);

const MATRIX = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);

/** An AudioSampleEntry; `config` is the codec's own box. */
export function sampleEntry(
  type: string,
  { channels, bits, rate }: { channels: number; bits: number; rate: number },
  config: Uint8Array,
): Uint8Array {
  const shown = rate < 65536 ? rate : 0; // 16 bits; the codec's own box has the truth
  return box(type, zeros(6), u16(1), zeros(8), u16(channels, bits, 0, 0, shown, 0), config);
}

/** An `esds` for MPEG-1 and MPEG-2 audio (object types 6B and 69). */
export function mp3Config(objectType: number): Uint8Array {
  const decoder = concat([u8(0x04, 13, objectType, 0x15), zeros(11)]);
  return full("esds", 0, 0, u8(0x03, 3 + decoder.length + 3), u16(1), u8(0), decoder, u8(6, 1, 2));
}

export const flacConfig = (streamInfo: Uint8Array) =>
  full("dfLa", 0, 0, u8(0x80, 0, 0, streamInfo.length), streamInfo);

/** A `dOps`. The source buffer's window cuts what is not to be heard, so pre-skip is not the real one. */
export const opusConfig = (channels: number, preSkip: number) =>
  box("dOps", u8(0, channels), u16(preSkip), u32(48000), u16(0), u8(0));

export function initSegment(track: Track): Uint8Array<ArrayBuffer> {
  const media = box(
    "mdia",
    full("mdhd", 0, 0, u32(0, 0, track.timescale, 0), u16(0x55c4, 0)),
    full("hdlr", 0, 0, u32(0), text("soun"), zeros(12), u8(0)),
    box(
      "minf",
      full("smhd", 0, 0, u32(0)),
      box("dinf", full("dref", 0, 0, u32(1), full("url ", 0, 1))),
      box(
        "stbl",
        full("stsd", 0, 0, u32(1), track.sampleEntry),
        full("stts", 0, 0, u32(0)),
        full("stsc", 0, 0, u32(0)),
        full("stsz", 0, 0, u32(0, 0)),
        full("stco", 0, 0, u32(0)),
      ),
    ),
  );
  const header = full("tkhd", 0, 3, u32(0, 0, 1, 0, 0, 0, 0), u16(0, 0, 0x100, 0), MATRIX, u32(0, 0));
  return concat([
    box("ftyp", text("isom"), u32(512), text("isomiso6mp41")),
    box(
      "moov",
      full("mvhd", 0, 0, u32(0, 0, 1000, 0, 0x10000), u16(0x100), zeros(10), MATRIX, zeros(24), u32(2)),
      box("trak", header, media),
      box("mvex", full("trex", 0, 0, u32(1, 1, 0, 0, 0))),
    ),
  ]);
}

export function mediaSegment({ position, frames }: Run, sequence: number): Uint8Array<ArrayBuffer> {
  const fragment = (dataOffset: number) =>
    box(
      "moof",
      full("mfhd", 0, 0, u32(sequence)),
      box(
        "traf",
        full("tfhd", 0, 0x020000, u32(1)),
        full("tfdt", 1, 0, u32(Math.floor(position / 2 ** 32), position % 2 ** 32)),
        full(
          "trun",
          0,
          0x000301,
          u32(frames.length, dataOffset),
          u32(...frames.flatMap((frame) => [frame.duration, frame.data.length])),
        ),
      ),
    );
  const offset = fragment(0).length + 8;
  return concat([fragment(offset), box("mdat", ...frames.map((frame) => frame.data))]);
}
