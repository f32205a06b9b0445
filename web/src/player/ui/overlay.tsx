/** @jsxImportSource preact */
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";

/** A menu or a dialog above the page; null when there is none. */
const overlay = signal<JSX.Element | null>(null);

let opener: HTMLElement | null = null;

/** Shows `content` above the page; the focus goes back to where it was when that is closed. */
export function openOverlay(content: JSX.Element, from = document.activeElement): void {
  opener = from as HTMLElement | null;
  overlay.value = content;
}

export function closeOverlay(): void {
  if (overlay.peek() === null) return;
  overlay.value = null;
  if (opener?.isConnected) opener.focus();
}

export function Overlay() {
  return overlay.value;
}

/** A dialog that the page waits for. */
export function Dialog({ title, children }: { title: string; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={id}
      onClose={closeOverlay}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === dialog.current && closeOverlay()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon-button" aria-label="Close" onClick={closeOverlay}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
