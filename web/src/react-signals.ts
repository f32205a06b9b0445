import type { ReadonlySignal } from "@preact/signals";
import { useSyncExternalStore } from "react";

/** What the signal holds, in a component of React. */
export function useValue<T>(signal: ReadonlySignal<T>): T {
  return useSyncExternalStore(
    (act) => signal.subscribe(act),
    () => signal.peek(),
  );
}
