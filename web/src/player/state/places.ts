// Ways to pages that want somebody signed in, and back.
import { navigate } from "wouter-preact/use-browser-location";
import { tell } from "./notices";

/** Where the address bar stands. */
export const here = () => location.pathname + location.search;

/** The sign-in page, which leads back to `to`. */
export const signInPath = (to = here(), page: "sign-in" | "sign-up" = "sign-in") =>
  to === "/" ? `/${page}` : `/${page}?${new URLSearchParams({ to })}`;

export function askToSignIn(reason: string): void {
  tell(reason);
  navigate(signInPath());
}

/** The page that the sign-in was for; one of ours, whatever the address says. */
export function wayBack(): string {
  const to = new URLSearchParams(location.search).get("to") ?? "/";
  return new URL(to, location.origin).origin === location.origin && to.startsWith("/") ? to : "/";
}

export { navigate };
