import { signal } from "@preact/signals";

export interface Notice {
  message: string;
  /** What can be done about it. */
  action?: { label: string; act: () => void };
}

const SHOWN_MS = 8000;

export const notice = signal<Notice | null>(null);

let hiding: ReturnType<typeof setTimeout>;

/** Says something for a while, at the foot of the page. */
export function tell(message: string, action?: Notice["action"]): void {
  notice.value = { message, action };
  clearTimeout(hiding);
  hiding = setTimeout(dismiss, SHOWN_MS);
}

export function dismiss(): void {
  notice.value = null;
}
