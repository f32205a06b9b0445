/** @jsxImportSource preact */
import { Icon } from "./icons";

interface Props {
  isOn: boolean;
  label: string;
  onToggle: () => void;
}

/** Likes a song, and takes it back. */
export function Heart({ isOn, label, onToggle }: Props) {
  return (
    <button
      type="button"
      class={isOn ? "icon-button heart heart-on" : "icon-button heart"}
      aria-label={label}
      aria-pressed={isOn}
      onClick={onToggle}
    >
      <Icon name="heart" />
    </button>
  );
}
