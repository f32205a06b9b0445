// The queue as a value: every function gives a new one.
import type { Song } from "./streams";

/** A song in the queue. The same song may be there twice. */
export interface Entry {
  key: string;
  song: Song;
}

export type Repeat = "off" | "all" | "one";

export interface Queue {
  /** In the order in which they play. */
  entries: Entry[];
  /** Which one plays; -1 when the queue is empty. */
  index: number;
  /** The order before it was shuffled; null when it is not. */
  unshuffled: Entry[] | null;
  repeat: Repeat;
  /** Whether it is one album in order: then its songs keep their differences in loudness. */
  isAlbum: boolean;
}

export const EMPTY: Queue = {
  entries: [],
  index: -1,
  unshuffled: null,
  repeat: "off",
  isAlbum: false,
};

let made = 0;
const entry = (song: Song): Entry => ({ key: `${++made}`, song });

/** A queue of these songs that begins with the one at `index`. */
export function start(queue: Queue, songs: readonly Song[], index: number, isAlbum: boolean): Queue {
  const begun = { ...queue, entries: songs.map(entry), index, unshuffled: null, isAlbum };
  return queue.unshuffled ? shuffle(begun) : begun;
}

export function append(queue: Queue, songs: readonly Song[]): Queue {
  const added = songs.map(entry);
  return {
    ...queue,
    entries: [...queue.entries, ...added],
    unshuffled: queue.unshuffled && [...queue.unshuffled, ...added],
    index: Math.max(queue.index, 0),
    isAlbum: false,
  };
}

export function insertNext(queue: Queue, song: Song): Queue {
  const added = entry(song);
  return {
    ...queue,
    entries: queue.entries.toSpliced(queue.index + 1, 0, added),
    unshuffled: queue.unshuffled && [...queue.unshuffled, added],
    index: Math.max(queue.index, 0),
    isAlbum: false,
  };
}

/** Without the entry at `at`, which must not be the one that plays. */
export function remove(queue: Queue, at: number): Queue {
  const { key } = queue.entries[at]!;
  return {
    ...queue,
    entries: queue.entries.toSpliced(at, 1),
    unshuffled: queue.unshuffled && queue.unshuffled.filter((entry) => entry.key !== key),
    index: at < queue.index ? queue.index - 1 : queue.index,
  };
}

export function move(queue: Queue, from: number, to: number): Queue {
  const entries = queue.entries.toSpliced(from, 1).toSpliced(to, 0, queue.entries[from]!);
  return { ...queue, entries, index: entries.indexOf(queue.entries[queue.index]!), isAlbum: false };
}

/** The one that plays comes first, the others in any order (Fisher and Yates). */
export function shuffle(queue: Queue, random: () => number = Math.random): Queue {
  if (queue.entries.length === 0) return { ...queue, unshuffled: [] };
  const current = queue.entries[queue.index]!;
  const others = queue.entries.filter((entry) => entry !== current);
  for (let i = others.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [others[i], others[j]] = [others[j]!, others[i]!];
  }
  return { ...queue, entries: [current, ...others], index: 0, unshuffled: queue.entries };
}

export function unshuffle(queue: Queue): Queue {
  if (!queue.unshuffled) return queue;
  const current = queue.entries[queue.index];
  const index = current ? queue.unshuffled.findIndex((entry) => entry.key === current.key) : -1;
  return { ...queue, entries: queue.unshuffled, index, unshuffled: null };
}

/** The index of what plays when the current song ends; null when nothing does. */
export function following(queue: Queue): number | null {
  if (queue.index < 0) return null;
  if (queue.repeat === "one") return queue.index;
  if (queue.index + 1 < queue.entries.length) return queue.index + 1;
  return queue.repeat === "all" ? 0 : null;
}
