/** @jsxImportSource preact */
import { isMarked, toggleMark, type Kind } from "../state/marks";
import { Icon } from "./icons";

interface Props {
  kind: Kind;
  id: string;
  /** What the server said of it. */
  told: boolean;
  /** What pressing it does, and what it says then. */
  off: string;
  on: string;
  shareToken?: string | null;
}

/** Follows an artist, saves an album, a podcast or a playlist; or takes that back. */
export function MarkButton({ kind, id, told, off, on, shareToken }: Props) {
  const isOn = isMarked(kind, id, told);
  return (
    <button
      type="button"
      class={isOn ? "big-button big-button-quiet heart-on" : "big-button big-button-quiet"}
      aria-pressed={isOn}
      onClick={() => toggleMark(kind, id, told, shareToken)}
    >
      <Icon name="heart" /> {isOn ? on : off}
    </button>
  );
}
