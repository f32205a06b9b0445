// The URLs of songs: which codecs to ask for, and a new one before the old one ends.
import { client } from "../api/client";
import type { Codec, SongRowFragment } from "../api/generated/graphql";
import { StreamsDocument } from "../api/generated/graphql";
import { canJoin } from "../audio/tracks";

const TYPES: [Codec, string][] = [
  ["MP3", "audio/mpeg"],
  ["AAC", "audio/mp4"],
  ["OPUS", 'audio/ogg; codecs="opus"'],
  ["FLAC", "audio/flac"],
];
const OTHERS: [Codec, string][] = [
  ["VORBIS", 'audio/ogg; codecs="vorbis"'],
  ["PCM", "audio/wav"],
  ["ALAC", 'audio/mp4; codecs="alac"'],
];

const element = new Audio();

/** What can be joined without a gap; where nothing can, whatever the browser plays. */
export const codecs: Codec[] = TYPES.filter(([, type]) => canJoin(type)).map(([codec]) => codec);
const playable = [...TYPES, ...OTHERS]
  .filter(([, type]) => element.canPlayType(type))
  .map(([codec]) => codec);
if (codecs.length === 0) codecs.push(...playable);

export type Song = SongRowFragment;
export type Stream = NonNullable<Song["stream"]>;

/** Newer than those in the answers that pages hold. */
const renewed = new Map<string, Stream>();

/** The newest stream that we have of a song. */
export const streamOf = (song: Song): Stream | null => renewed.get(song.id) ?? song.stream ?? null;

export const isStale = (stream: Stream) => Date.now() > Date.parse(stream.refreshAfter);
export const isExpired = (stream: Stream) => Date.now() > Date.parse(stream.expiresAt);

/** New streams for these songs, in one request. Rejects when the server cannot be asked. */
export async function renew(songs: readonly Song[]): Promise<void> {
  const ids = [...new Set(songs.map((song) => song.id))].slice(0, 100);
  await ask(ids, codecs);
  // A format that cannot be joined is better than silence.
  const missing = ids.filter((id) => !renewed.has(id));
  if (missing.length > 0 && playable.length > codecs.length) await ask(missing, playable);
}

async function ask(ids: string[], codecs: Codec[]): Promise<void> {
  const options = { requestPolicy: "network-only" } as const;
  const { data, error } = await client.query(StreamsDocument, { ids, codecs }, options).toPromise();
  if (!data && error) throw error;
  for (const node of data?.nodes ?? []) {
    if (node && "id" in node && node.stream) renewed.set(node.id, node.stream);
  }
}
