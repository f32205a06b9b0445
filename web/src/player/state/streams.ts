// The URLs of songs: which codecs to ask for, and a new one before the old one ends.
import { uncached } from "../api/client";
import type { Codec, SongRowFragment } from "../api/generated/graphql";
import { RenewPlaybackDocument, StartPlaybackDocument, StreamsDocument } from "../api/generated/graphql";
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

/** The lease of what plays and of what follows: a renewal gives the same files under new URLs. */
let lease: string | null = null;
/** As many songs as a lease takes. */
export const MOST_LEASED = 20;

/**
 * New streams for what plays and for what follows, in one request. Rejects when the server cannot be
 * asked.
 */
export async function renew(songs: readonly Song[]): Promise<void> {
  const ids = [...new Set(songs.map((song) => song.id))].slice(0, MOST_LEASED);
  const episodes = new Set(songs.filter((song) => song.episode).map((song) => song.id));
  const own = ids.filter((id) => !episodes.has(id));
  const isLeased = own.length > 0 && (await lend(own));
  const others = isLeased ? ids.filter((id) => episodes.has(id)) : ids;
  if (others.length > 0) await ask(others, codecs);
  // A format that cannot be joined is better than silence.
  const missing = ids.filter((id) => !renewed.has(id));
  if (missing.length > 0 && playable.length > codecs.length) await ask(missing, playable);
}

/** False when there is no lease for all of them, as of a song that was withdrawn. */
async function lend(ids: string[]): Promise<boolean> {
  const before = lease;
  const { data, error } = before
    ? await uncached.mutation(RenewPlaybackDocument, { token: before, ids }).toPromise()
    : await uncached.mutation(StartPlaybackDocument, { ids, codecs }).toPromise();
  if (!data) throw error!;
  const outcome = "renewPlayback" in data ? data.renewPlayback : data.startPlayback;
  if (!("lease" in outcome)) {
    lease = null;
    return before !== null && lend(ids); // it may have been too old
  }
  lease = outcome.lease.token;
  for (const { song, stream } of outcome.lease.streams) if (stream) renewed.set(song.id, stream);
  return true;
}

async function ask(ids: string[], codecs: Codec[]): Promise<void> {
  const { data, error } = await uncached.query(StreamsDocument, { ids, codecs }).toPromise();
  if (!data && error) throw error;
  for (const node of data?.nodes ?? []) {
    if (!node || !("id" in node)) continue;
    const stream = "stream" in node ? node.stream : node.audio && lasting(node.audio);
    if (stream) renewed.set(node.id, stream);
  }
}
