/** @jsxImportSource preact */
const PATHS = {
  album: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 6a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 4v4l3 2",
  close: "m6 6 12 12M18 6 6 18",
  down: "m6 9 6 6 6-6",
  back15: "M6 8.5A7.5 7.5 0 1 1 4.5 13M6.5 4v4.5H11",
  drag: "M9 6v.01M15 6v.01M9 12v.01M15 12v.01M9 18v.01M15 18v.01",
  heart: "M12 19.5C6 15.5 4 12.5 4 9.5A4 4 0 0 1 12 8a4 4 0 0 1 8 1.5c0 3-2 6-8 10Z",
  forward30: "M18 8.5A7.5 7.5 0 1 0 19.5 13M17.5 4v4.5H13",
  lyrics: "M5 6h14M5 11h14M5 16h8",
  more: "M6 12v.01M12 12v.01M18 12v.01",
  next: "M7 6v12l8-6-8-6ZM17 6v12",
  person: "M12 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7ZM5 19.5c1-3.5 4-5 7-5s6 1.5 7 5",
  pause: "M8 5v14M16 5v14",
  play: "M8 5v14l11-7L8 5Z",
  plus: "M12 6v12M6 12h12",
  previous: "M17 6v12l-8-6 8-6ZM7 6v12",
  queue: "M4 7h16M4 12h10M4 17h7M17 13v6l4-3-4-3Z",
  repeat: "M7 8h9a4 4 0 0 1 4 4M17 16H8a4 4 0 0 1-4-4M14 5l3 3-3 3M10 19l-3-3 3-3",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12Zm4.5 10.5L20 20",
  shuffle: "M4 7h3l9 10h4M4 17h3l3-3.3M13.5 9.8 16 7h4M17.5 4.5 20 7l-2.5 2.5M17.5 14.5 20 17l-2.5 2.5",
  up: "m6 15 6-6 6 6",
  volume: "M5 10v4h3l4 4V6l-4 4H5ZM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11",
  muted: "M5 10v4h3l4 4V6l-4 4H5ZM16 10l4 4M20 10l-4 4",
};

/** Says nothing to a screen reader: what it stands in has a name. */
export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
