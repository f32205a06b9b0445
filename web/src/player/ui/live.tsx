/** @jsxImportSource preact */
import { signal } from "@preact/signals";

const message = signal("");

/** Tells those who listen to the page what others see. */
export function announce(text: string): void {
  message.value = message.peek() === text ? `${text}\u00a0` : text;
}

export function LiveRegion() {
  return (
    <p class="unseen" role="status">
      {message.value}
    </p>
  );
}
