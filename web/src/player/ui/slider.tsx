/** @jsxImportSource preact */
import { useState } from "preact/hooks";

interface Props {
  label: string;
  class: string;
  value: number;
  max: number;
  step: number;
  /** The value in words. */
  text: (value: number) => string;
  onChange: (value: number) => void;
  /** Changes as it is dragged, not only when it is let go. */
  isLive?: boolean;
}

/** A range that follows `value` except while a hand is on it. */
export function Slider({ label, class: name, value, max, step, text, onChange, isLive = false }: Props) {
  const [held, hold] = useState<number | null>(null);
  const shown = Math.min(held ?? value, max);
  return (
    <input
      type="range"
      class={`slider ${name}`}
      aria-label={label}
      aria-valuetext={text(shown)}
      min={0}
      max={max}
      step={step}
      value={shown}
      disabled={max === 0}
      style={{ "--part": max > 0 ? String(shown / max) : "0" }}
      onInput={(event) => {
        const wanted = event.currentTarget.valueAsNumber;
        if (isLive) onChange(wanted);
        else hold(wanted);
      }}
      onChange={(event) => {
        onChange(event.currentTarget.valueAsNumber);
        hold(null);
      }}
    />
  );
}
