/** @jsxImportSource preact */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { closeOverlay, openOverlay } from "./overlay";

export interface MenuItem {
  label: string;
  act: () => void;
}

/** Opens a menu at `button`, and goes through it by arrows, first letters, Home and End. */
export function openMenu(button: HTMLElement, label: string, items: readonly MenuItem[]): void {
  openOverlay(<Menu button={button} label={label} items={items} />, button);
}

const GAP = 4;

function Menu({ button, label, items }: { button: HTMLElement; label: string; items: readonly MenuItem[] }) {
  const menu = useRef<HTMLDivElement>(null);
  const buttons = () => [...menu.current!.querySelectorAll("button")];
  useLayoutEffect(() => {
    // Below the button, or above it where there is no room; within the window.
    const at = button.getBoundingClientRect();
    const { style, offsetHeight: height, offsetWidth: width } = menu.current!;
    const below = at.bottom + GAP;
    const top = below + height < innerHeight ? below : Math.max(GAP, at.top - height - GAP);
    style.top = `${top}px`;
    style.left = `${Math.max(GAP, Math.min(at.right - width, innerWidth - width - GAP))}px`;
    button.setAttribute("aria-expanded", "true");
    buttons()[0]?.focus();
    return () => button.removeAttribute("aria-expanded");
  }, []);
  useEffect(() => {
    const leave = (event: Event) => !menu.current?.contains(event.target as Node) && closeOverlay();
    addEventListener("pointerdown", leave, true);
    addEventListener("resize", closeOverlay);
    return () => {
      removeEventListener("pointerdown", leave, true);
      removeEventListener("resize", closeOverlay);
    };
  }, []);
  function move(event: KeyboardEvent) {
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = {
      ArrowDown: (at + 1) % all.length,
      ArrowUp: (at - 1 + all.length) % all.length,
      Home: 0,
      End: all.length - 1,
    }[event.key];
    const letter = event.key.toLowerCase();
    const found = [...all.slice(at + 1), ...all.slice(0, at + 1)].find(
      (item) => event.key.length === 1 && item.textContent!.toLowerCase().startsWith(letter),
    );
    event.stopPropagation();
    if (event.key === "Escape" || event.key === "Tab") closeOverlay();
    else if (to !== undefined) all[to]?.focus();
    else if (event.key !== " " && found) found.focus();
    else return;
    event.preventDefault();
  }
  return (
    <div class="menu" role="menu" aria-label={label} ref={menu} onKeyDown={move}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            closeOverlay();
            item.act();
          }}
        >
          {item.label}
        </button>
      ))}
    </div>
  );
}
