/** @jsxImportSource preact */
import { useEffect, useRef } from "preact/hooks";
import { useLocation } from "wouter-preact";
import * as search from "../state/search";
import { Icon } from "./icons";
import { SEARCH_FIELD, moveAmongHits, openFirstHit } from "./keys";

/** The search bar is the page: what is typed anywhere else in the app searches, too. */
export function SearchBar() {
  const [path, navigate] = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const settling = useRef<ReturnType<typeof setTimeout>>();

  // The address holds the search, so that it can be kept, shared and come back to.
  useEffect(() => {
    const read = () => {
      if (location.pathname !== "/") return;
      const asked = new URLSearchParams(location.search).get("q") ?? "";
      if (asked !== search.text.peek().trim()) search.search(asked);
    };
    read();
    addEventListener("popstate", read);
    return () => removeEventListener("popstate", read);
  }, []);

  function type(typed: string) {
    search.search(typed);
    if (path !== "/") navigate("/");
    // Browsers limit how often the address may change.
    clearTimeout(settling.current);
    settling.current = setTimeout(() => {
      const wanted = search.text.peek().trim();
      const address = wanted ? `/?${new URLSearchParams({ q: wanted })}` : "/";
      if (location.pathname === "/") history.replaceState(null, "", address);
    }, 400);
  }

  return (
    <form
      role="search"
      class="search-bar"
      onSubmit={(event) => {
        event.preventDefault();
        openFirstHit();
      }}
    >
      <Icon name="search" />
      <input
        id={SEARCH_FIELD}
        ref={input}
        type="search"
        name="q"
        value={search.text}
        placeholder="Songs, artists, albums"
        aria-label="Search songs, artists and albums"
        aria-keyshortcuts="/"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        autofocus={path === "/"}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") {
            event.preventDefault();
            moveAmongHits(1);
          } else if (event.key === "Escape" && search.text.peek() !== "") {
            event.preventDefault();
            event.stopPropagation();
            type("");
          }
        }}
      />
      {search.text.value ? (
        <button
          type="button"
          class="icon-button"
          aria-label="Clear the search"
          onClick={() => {
            type("");
            input.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      ) : (
        <kbd aria-hidden="true">/</kbd>
      )}
    </form>
  );
}
