import { signal } from "@preact/signals";

export type PanelTab = "queue" | "lyrics";

/** Which side of the panel is open; null when it is closed. */
export const panel = signal<PanelTab | null>(null);

let opener: HTMLElement | null = null;

export function togglePanel(tab: PanelTab): void {
  if (panel.peek() === tab) {
    closePanel();
  } else {
    opener = document.activeElement as HTMLElement | null;
    panel.value = tab;
  }
}

/** Closes it and gives the focus back; false when it was closed already. */
export function closePanel(): boolean {
  if (panel.peek() === null) return false;
  panel.value = null;
  opener?.focus();
  return true;
}
