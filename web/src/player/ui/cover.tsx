/** @jsxImportSource preact */
import { useState } from "preact/hooks";
import { Icon } from "./icons";

interface Sources {
  small?: string;
  medium: string;
  large?: string;
  dominantColor: string;
}

interface Props {
  cover: Sources | null | undefined;
  /** Width and height in CSS pixels, for the choice of the image; the place is the style's. */
  size: number;
  /** Loads at once, since it is what people see first. */
  eager?: boolean;
}

/** A picture with its colour behind it, so that nothing jumps or flashes while it comes. */
export function Cover({ cover, size, eager = false }: Props) {
  const [failed, setFailed] = useState<string | null>(null);
  const url = cover && (size <= 32 ? (cover.small ?? cover.medium) : size > 200 ? (cover.large ?? cover.medium) : cover.medium);
  const isShown = url && failed !== url;
  return (
    <span class="cover" style={cover ? { backgroundColor: cover.dominantColor } : undefined}>
      {isShown ? (
        <img
          src={url}
          alt=""
          width={size}
          height={size}
          loading={eager ? "eager" : "lazy"}
          decoding="async"
          onError={() => setFailed(url)}
        />
      ) : (
        !cover && <Icon name="album" />
      )}
    </span>
  );
}
