/** @jsxImportSource preact */
/** In place of a picture that there is not. */
export function Monogram({ name, isLarge = false }: { name: string; isLarge?: boolean }) {
  return (
    <span class={isLarge ? "monogram monogram-large" : "monogram"} aria-hidden="true">
      {[...name][0]}
    </span>
  );
}
