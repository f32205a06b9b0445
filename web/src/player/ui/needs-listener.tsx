/** @jsxImportSource preact */
import type { ComponentChildren } from "preact";
import { Link } from "wouter-preact";
import { signInPath } from "../state/places";
import { session } from "../state/session";

/** What is for people who are signed in, or how to become one. */
export function NeedsListener({ children }: { children: ComponentChildren }) {
  if (session.value) return <>{children}</>;
  return (
    <p class="notice">
      This is there once you <Link href={signInPath()}>sign in</Link> or{" "}
      <Link href={signInPath(undefined, "sign-up")}>sign up</Link>.
    </p>
  );
}
