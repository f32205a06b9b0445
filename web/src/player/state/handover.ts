// The queue that follows a listener: what another device or tab plays, and how to go on with it
// here. The part that talks to the server is loaded once somebody is signed in.
import { effect, signal } from "@preact/signals";
import { user } from "./session";

export interface Elsewhere {
  title: string;
  artists: string;
  playing: boolean;
  /** What that device is called; null when it did not say. */
  device: string | null;
}

/** What was played last on another device; null when there is nothing, or it is played here. */
export const elsewhere = signal<Elsewhere | null>(null);

/** Plays here what is played elsewhere. Must be called in a handler of the user's action. */
export const playHere = signal<(() => Promise<void>) | null>(null);

export function connectHandover(): void {
  let stop = () => {};
  let before: string | null = null;
  effect(() => {
    const id = user.value?.id ?? null;
    if (id === before) return;
    before = id;
    stop();
    if (id === null) return;
    let isOver = false;
    stop = () => (isOver = true);
    void import("./queue-sync").then(({ follow }) => {
      if (!isOver) stop = follow();
    });
  });
}
