// The keyboard: `/` searches, arrows go through what was found, space and J K L play.
import * as player from "../state/player";
import * as search from "../state/search";
import { closePanel } from "./panel";

export const SEARCH_FIELD = "search-field";
const STEP_SECONDS = 10;

const field = () => document.getElementById(SEARCH_FIELD) as HTMLInputElement | null;
const hits = () => [...document.querySelectorAll<HTMLElement>("[data-hit]:not(:disabled)")];

/** Moves the focus to the next hit or the one before; from the first one up to the search bar. */
export function moveAmongHits(step: 1 | -1): void {
  const all = hits();
  const at = all.indexOf(document.activeElement as HTMLElement);
  const next = all[at + step];
  if (at + step < 0) field()?.focus();
  else next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/** What Enter does in the search bar, once the answer to what was typed is there. */
export function openFirstHit(): void {
  const wanted = search.text.peek().trim();
  const open = () => hits()[0]?.click();
  if (wanted === "" || search.found.peek()?.text === wanted) return open();
  const stop = search.found.subscribe((found) => {
    if (found?.text === wanted) queueMicrotask(() => (stop(), requestAnimationFrame(open)));
    else if (search.text.peek().trim() !== wanted) queueMicrotask(() => stop());
  });
}

export function connectKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target as HTMLElement;
    const isText = target.matches("input:not([type=range]), textarea, [contenteditable]");
    if (isText) return;
    const isSlider = target.matches("input[type=range]");
    const isControl = target.closest("button, a, input, [role=tab]") !== null;
    const action = actionOf(event.key, { isSlider, isControl });
    if (!action) return;
    event.preventDefault();
    action();
  });
}

function actionOf(key: string, { isSlider, isControl }: { isSlider: boolean; isControl: boolean }) {
  switch (key) {
    case "/":
      return () => {
        field()?.focus();
        field()?.select();
      };
    case "Escape":
      return () => closePanel() || field()?.focus();
    case "ArrowDown":
      return isSlider ? null : () => moveAmongHits(1);
    case "ArrowUp":
      return isSlider ? null : () => moveAmongHits(-1);
    case " ":
      return isControl && !isSlider ? null : player.toggle; // on a button, space presses it
  }
  switch (key.toLowerCase()) {
    case "k":
      return player.toggle;
    case "j":
      return () => player.skip(-STEP_SECONDS);
    case "l":
      return () => player.skip(STEP_SECONDS);
    case "n":
      return player.next;
    case "p":
      return player.previous;
    case "m":
      return () => (player.muted.value = !player.muted.peek());
  }
  return null;
}
