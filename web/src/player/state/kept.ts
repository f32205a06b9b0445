import { effect, signal, type Signal } from "@preact/signals";

const keyOf = (name: string) => `tonearm:${name}`;

/** What this browser remembers of `name` now, whichever tab wrote it; null where there is nothing. */
export function remembered<T>(name: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? "null") as T | null;
  } catch {
    return null; // not allowed, or not ours
  }
}

/** A signal that this browser remembers, where it may, and that all its tabs share. */
export function kept<T>(name: string, initial: T): Signal<T> {
  const key = keyOf(name);
  const state = signal(remembered<T>(name) ?? initial);
  effect(() => {
    const text = JSON.stringify(state.value);
    try {
      if (localStorage.getItem(key) !== text) localStorage.setItem(key, text);
    } catch {
      // It is remembered until the page closes.
    }
  });
  addEventListener("storage", (event) => {
    if (event.key === key || event.key === null) state.value = remembered<T>(name) ?? initial;
  });
  return state;
}
