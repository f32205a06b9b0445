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

export type Stream = NonNullable<SongRowFragment["stream"]>;

/** What the queue holds: a song, or an episode in the shape of one. */
export interface Song extends SongRowFragment {
  episode?: {
    show: { id: string; title: string };
    publishedAt: string;
    /** The publisher's own audio, which a page may play but not read. */
    isLinked: boolean;
  };
}

type Ending = { expiresAt: string | null; refreshAfter: string | null };

/** A publisher's URL has no end. */
export const lasting = <T extends Ending>(stream: T) => ({
  ...stream,
  expiresAt: stream.expiresAt ?? FOREVER,
  refreshAfter: stream.refreshAfter ?? FOREVER,
});
const FOREVER = "9999-12-31T00:00:00Z";

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
  const { data, error } = await client.peek().query(StreamsDocument, { ids, codecs }, options).toPromise();
  if (!data && error) throw error;
  for (const node of data?.nodes ?? []) {
    if (!node || !("id" in node)) continue;
    const stream = "stream" in node ? node.stream : node.audio && lasting(node.audio);
    if (stream) renewed.set(node.id, stream);
  }
}
