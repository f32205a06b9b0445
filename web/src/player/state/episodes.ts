// Episodes of podcasts: how they enter the queue, and where a listener goes on in them.
import type { EpisodeRowFragment } from "../api/generated/graphql";
import { kept } from "./kept";
import { lasting, type Song } from "./streams";

interface Heard {
  positionMs: number;
  completed: boolean;
  /** When that was, as ISO 8601. */
  at: string;
}

/** As many episodes as this browser remembers the places of. */
const REMEMBERED = 200;

/** How far each was heard in this browser, the latest first; sent to the server, if signed in. */
export const heard = kept<[id: string, Heard][]>("episodes", []);

/** What the server said of an episode, newest first known. */
const told = new Map<string, Heard>();

/** An episode in the shape of a song. */
export function songOf(episode: EpisodeRowFragment): Song {
  const { id, title, explicit, publishedAt, durationMs, show, stream, progress } = episode;
  if (progress) told.set(id, { ...progress, at: progress.heardAt });
  return {
    id,
    title,
    explicit,
    durationMs: durationMs ?? 0,
    available: stream !== null && !stream.mimeType.startsWith("video/"),
    likedByViewer: false,
    trackNumber: null,
    discNumber: null,
    artists: [],
    album: null,
    cover: show.cover,
    replayGain: null,
    stream: stream && lasting(stream),
    episode: { show, publishedAt, isLinked: stream?.isLinked ?? false },
  };
}

/** The latest that is known of how far it was heard, here or on another device. */
export function progressOf(id: string): Heard | null {
  const here = heard.value.find(([known]) => known === id)?.[1];
  const there = told.get(id);
  if (!here || !there) return here ?? there ?? null;
  return Date.parse(here.at) >= Date.parse(there.at) ? here : there;
}

/** Where to begin, in seconds. */
export function resumeAt(id: string): number {
  const progress = progressOf(id);
  return progress && !progress.completed ? progress.positionMs / 1000 : 0;
}

export function note(id: string, positionMs: number, completed: boolean): void {
  const entry: Heard = { positionMs: Math.round(positionMs), completed, at: new Date().toISOString() };
  const others = heard.peek().filter(([known]) => known !== id);
  heard.value = [[id, entry] as [string, Heard], ...others].slice(0, REMEMBERED);
}
