/** @jsxImportSource preact */
import type { ReasonFragment } from "../api/generated/graphql";

export type Reasons = readonly ReasonFragment[];

/** `text` with the parts marked that were searched for, if it is one of the texts that were found. */
export function Marked({ text, reasons }: { text: string; reasons: Reasons | undefined }) {
  const ranges = reasons?.find((reason) => reason.text === text)?.ranges ?? [];
  if (ranges.length === 0) return <bdi>{text}</bdi>;
  const parts = [];
  let from = 0;
  for (const { start, end } of ranges) {
    parts.push(text.slice(from, start), <mark key={start}>{text.slice(start, end)}</mark>);
    from = end;
  }
  return (
    <bdi>
      {parts}
      {text.slice(from)}
    </bdi>
  );
}

/** Another name that was found, since none of those that show has what was typed. */
export function alias(shown: readonly string[], reasons: Reasons): string | null {
  const isShown = reasons.some(({ text, ranges }) => ranges.length > 0 && shown.includes(text));
  return isShown ? null : (reasons.find(({ ranges }) => ranges.length > 0)?.text ?? null);
}
