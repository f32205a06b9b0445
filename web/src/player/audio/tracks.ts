import { readFlac } from "./flac";
import type { Track } from "./format";
import { readMp3 } from "./mp3";
import { readMp4 } from "./mp4";
import { readOpus } from "./ogg";
import type { RemoteFile } from "./remote";

const READERS: { mimeType: RegExp; types: string[]; read: typeof readMp3 }[] = [
  { mimeType: /^audio\/mpeg/, types: ["audio/mpeg", 'audio/mp4; codecs="mp3"'], read: readMp3 },
  { mimeType: /^audio\/mp4(?!.*alac)/, types: ['audio/mp4; codecs="mp4a.40.2"'], read: readMp4 },
  { mimeType: /^audio\/ogg.*opus/, types: ['audio/mp4; codecs="opus"'], read: readOpus },
  { mimeType: /^audio\/(x-)?flac/, types: ['audio/mp4; codecs="flac"'], read: readFlac },
];

type MediaSourceClass = typeof MediaSource;

/** Safari on a phone has the managed one alone. */
export const MediaSourceHere = ((globalThis as { ManagedMediaSource?: MediaSourceClass })
  .ManagedMediaSource ?? globalThis.MediaSource) as MediaSourceClass | undefined;

/** The first of the types that this browser takes piece by piece. */
export const supported = (types: readonly string[]) =>
  types.find((type) => MediaSourceHere?.isTypeSupported(type));

/** Whether audio of this media type can be joined without a gap. */
export const canJoin = (mimeType: string) =>
  READERS.some((reader) => reader.mimeType.test(mimeType) && supported(reader.types));

/** Null when the file is not what its media type says, or cannot be taken apart. */
export async function readTrack(
  file: RemoteFile,
  mimeType: string,
  signal: AbortSignal,
): Promise<Track | null> {
  const track = await READERS.find((r) => r.mimeType.test(mimeType))?.read(file, signal);
  return track && supported(track.types) ? track : null;
}
