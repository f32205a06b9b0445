// Songs that were read to their last byte are kept in this browser, the last ones alone: they play
// without a network. What the server answers is not kept.
import { signal } from "@preact/signals";
import { kept } from "./kept";
import { onUserChange, session } from "./session";
import { type Song, streamOf } from "./streams";

interface Saved {
  song: Song;
  bytes: number;
}

const MOST_SONGS = 20;
const MOST_BYTES = 200e6;
const CACHE = "tonearm-songs";
const keyOf = (id: string) => `/offline/songs/${encodeURIComponent(id)}`;

/** The latest first. */
export const saved = kept<Saved[]>("saved", []);

/** Whether there is a network; the server may be out of reach even so. */
export const isOnline = signal(navigator.onLine);
for (const name of ["online", "offline"]) addEventListener(name, () => (isOnline.value = navigator.onLine));

/** Only pages by https or of this machine have it. */
const storage = () => (globalThis.caches as CacheStorage | undefined)?.open(CACHE);

/** Keeps a song; the oldest make room. */
export async function keepSong(song: Song, whole: Blob): Promise<void> {
  const cache = await storage();
  if (!cache || whole.size > MOST_BYTES) return;
  try {
    await cache.put(keyOf(song.id), new Response(whole));
  } catch {
    return; // the disk is full
  }
  const now = { song: { ...song, stream: streamOf(song) }, bytes: whole.size };
  const all = [now, ...saved.peek().filter((other) => other.song.id !== song.id)];
  let bytes = 0;
  const isRoom = (one: Saved, index: number) => (bytes += one.bytes) <= MOST_BYTES && index < MOST_SONGS;
  saved.value = all.filter(isRoom);
  const ids = new Set(saved.peek().map((one) => one.song.id));
  await Promise.all(all.filter((one) => !ids.has(one.song.id)).map((one) => cache.delete(keyOf(one.song.id))));
}

/** A song that is kept, as a file; else null. */
export async function openSong(id: string): Promise<Blob | null> {
  if (!saved.peek().some(({ song }) => song.id === id)) return null;
  const response = await (await storage())?.match(keyOf(id));
  if (response) return response.blob();
  saved.value = saved.peek().filter(({ song }) => song.id !== id); // the browser has thrown it away
  return null;
}

export async function forgetSongs(): Promise<void> {
  saved.value = [];
  await (globalThis.caches as CacheStorage | undefined)?.delete(CACHE);
}

// Who signs out leaves nothing behind.
onUserChange(() => {
  if (!session.peek()) void forgetSongs();
});

/** Lets the page itself open without a network (`../worker.ts`). */
export function connectOffline(): void {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  const register = () => void workers?.register("/sw.js").catch(() => undefined); // then it needs the network
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
