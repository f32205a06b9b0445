/** @jsxImportSource preact */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "./icons";
import { announce } from "./live";

export interface Row {
  key: string;
  /** For those who listen to the page. */
  name: string;
  class: string;
  content: ComponentChildren;
}

interface Props {
  rows: readonly Row[];
  label: string;
  onMove: (from: number, to: number) => void;
}

/** Near the edge of the window by so many pixels, it scrolls. */
const EDGE = 90;

/**
 * A list to put in order: by dragging a row's handle, or by the keyboard (Space lifts and puts down,
 * arrows move, Escape leaves it where it was). The list shows the order as it would be.
 */
export function Reorder({ rows, label, onMove }: Props) {
  const list = useRef<HTMLOListElement>(null);
  const [lifted, lift] = useState<{ key: string; from: number; to: number; byPointer: boolean } | null>(null);
  const isHere = lifted && rows[lifted.from]?.key === lifted.key;
  const shown = isHere ? rows.toSpliced(lifted.from, 1).toSpliced(lifted.to, 0, rows[lifted.from]!) : rows;

  // A row that was moved in the document has lost the focus.
  useLayoutEffect(() => {
    if (!isHere || lifted.byPointer) return;
    const handle = list.current!.children[lifted.to]?.querySelector<HTMLElement>(".handle");
    handle?.focus();
    handle?.scrollIntoView({ block: "nearest" });
  }, [lifted]);

  function put(): void {
    if (isHere && lifted.from !== lifted.to) onMove(lifted.from, lifted.to);
    lift(null);
  }

  function press(event: KeyboardEvent, row: Row, index: number): void {
    const isLifted = lifted?.key === row.key && !lifted.byPointer;
    if (event.key === " " || event.key === "Enter") {
      if (isLifted) {
        announce(`${row.name} is put down at ${lifted.to + 1} of ${rows.length}`);
        put();
      } else {
        announce(`${row.name} is lifted. Arrows move it, Space puts it down, Escape leaves it where it was.`);
        lift({ key: row.key, from: index, to: index, byPointer: false });
      }
    } else if (isLifted && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      const to = Math.min(rows.length - 1, Math.max(0, lifted.to + (event.key === "ArrowUp" ? -1 : 1)));
      announce(`${to + 1} of ${rows.length}`);
      lift({ ...lifted, to });
    } else if (isLifted && event.key === "Escape") {
      announce(`${row.name} is where it was`);
      lift(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** Puts nothing down where the focus went elsewhere; a row that is moved loses and regains it. */
  function leave(): void {
    setTimeout(() => {
      if (!list.current?.contains(document.activeElement)) lift((now) => (now?.byPointer ? now : null));
    });
  }

  /** The row at that height of the window. */
  function rowAt(y: number): number {
    const { top, height } = list.current!.getBoundingClientRect();
    return Math.min(rows.length - 1, Math.max(0, Math.floor(((y - top) / height) * rows.length)));
  }

  return (
    <>
      <p class="unseen" id="reorder-help">
        Press Space to lift it, then the arrows to move it.
      </p>
      <ol class="songs songs-playlist" aria-label={label} ref={list}>
        {shown.map((row, i) => (
          <li key={row.key} class={lifted?.key === row.key ? `${row.class} lifted` : row.class}>
            <button
              type="button"
              class="icon-button handle"
              aria-label={`Move ${row.name}`}
              aria-describedby="reorder-help"
              aria-pressed={lifted?.key === row.key}
              onKeyDown={(event) => press(event, row, i)}
              onBlur={leave}
              onPointerDown={(event) => {
                if (event.button !== 0) return;
                event.preventDefault();
                list.current!.setPointerCapture(event.pointerId);
                lift({ key: row.key, from: i, to: i, byPointer: true });
              }}
            >
              <Icon name="drag" />
            </button>
            {row.content}
          </li>
        ))}
      </ol>
      <Pointer list={list} isOn={lifted?.byPointer === true} onMove={(y) => lift({ ...lifted!, to: rowAt(y) })} onEnd={put} onCancel={() => lift(null)} />
    </>
  );
}

interface PointerProps {
  list: { current: HTMLOListElement | null };
  isOn: boolean;
  onMove: (y: number) => void;
  onEnd: () => void;
  onCancel: () => void;
}

/** Follows the pointer while a row is dragged. */
function Pointer({ list, isOn, onMove, onEnd, onCancel }: PointerProps) {
  useLayoutEffect(() => {
    const target = list.current;
    if (!isOn || !target) return;
    const move = (event: PointerEvent) => {
      if (event.clientY < EDGE) scrollBy(0, -12);
      else if (event.clientY > innerHeight - EDGE - 60) scrollBy(0, 12);
      onMove(event.clientY);
    };
    const cancel = (event: KeyboardEvent) => event.key === "Escape" && onCancel();
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", onEnd);
    target.addEventListener("pointercancel", onCancel);
    addEventListener("keydown", cancel);
    return () => {
      target.removeEventListener("pointermove", move);
      target.removeEventListener("pointerup", onEnd);
      target.removeEventListener("pointercancel", onCancel);
      removeEventListener("keydown", cancel);
    };
  });
  return null;
}
