/** @jsxImportSource preact */
import { elsewhere, playHere } from "../state/handover";
import * as player from "../state/player";

/** What the listener plays, or played last, on another device; and the way to go on here. */
export function Elsewhere() {
  const state = elsewhere.value;
  if (!state || !playHere.value) return null;
  const { title, artists, playing, device } = state;
  const where = device ? ` on ${device}` : " elsewhere";
  return (
    <aside class={player.current.value ? "elsewhere elsewhere-above" : "elsewhere"} aria-label="Another device">
      <p>
        <span class="quiet">{playing ? `Playing${where}` : `Stopped${where}`}</span>
        <span class="elsewhere-song">
          <bdi>{title}</bdi> · <bdi>{artists}</bdi>
        </span>
      </p>
      <button type="button" class="big-button" onClick={() => void playHere.value?.()}>
        Play here
      </button>
    </aside>
  );
}
