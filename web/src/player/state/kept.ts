import { effect, signal, type Signal } from "@preact/signals";

/** A signal that this browser remembers, where it may. */
export function kept<T>(name: string, initial: T): Signal<T> {
  const key = `tonearm:${name}`;
  let value = initial;
  try {
    value = (JSON.parse(localStorage.getItem(key) ?? "null") as T | null) ?? initial;
  } catch {
    // Not allowed, or not ours.
  }
  const state = signal(value);
  effect(() => {
    const text = JSON.stringify(state.value);
    try {
      localStorage.setItem(key, text);
    } catch {
      // It is remembered until the page closes.
    }
  });
  return state;
}
