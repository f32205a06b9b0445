/** @jsxImportSource preact */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A component whose code is fetched when it is first shown. */
export function lazily<Props extends object = object>(load: () => Promise<ComponentType<Props>>) {
  let Loaded: ComponentType<Props> | null = null;
  return function Lazy(props: Props) {
    const [state, setState] = useState<"waiting" | "there" | "failed">(Loaded ? "there" : "waiting");
    useEffect(() => {
      if (state !== "waiting") return;
      load().then(
        (component) => {
          Loaded = component;
          setState("there");
        },
        () => setState("failed"),
      );
    }, [state]);
    if (Loaded) return <Loaded {...props} />;
    if (state === "waiting") return <p class="unseen" role="status">Loading</p>;
    return (
      <p class="notice" role="alert">
        This page cannot be reached.{" "}
        <button type="button" class="text-button" onClick={() => setState("waiting")}>
          Try again
        </button>
      </p>
    );
  };
}
