/** @jsxImportSource preact */
import { useEffect } from "preact/hooks";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import * as player from "../state/player";
import * as search from "../state/search";
import { AlbumPage } from "./album-page";
import { ArtistPage } from "./artist-page";
import { GenrePage, GenresPage } from "./genre-pages";
import { HomePage } from "./home-page";
import { LiveRegion } from "./live";
import { Panel } from "./panel-view";
import { PlayBar } from "./play-bar";
import { SearchBar } from "./search-bar";
import { names } from "./words";

/** What all pages share: the search bar above, what plays below. */
export function Shell() {
  const [path] = useLocation();
  useEffect(() => scrollTo(0, 0), [path]);
  useTitle();
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <header class="top">
        <Link href="/" class="brand" aria-label="Tonearm: to the search" onClick={() => search.search("")}>
          <img src="/favicon.svg" alt="" width="28" height="28" />
          <span>Tonearm</span>
        </Link>
        <SearchBar />
        <nav aria-label="Pages">
          <Link href="/genres">Genres</Link>
          <a href="/graphiql">GraphiQL</a>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <Switch>
          <Route path="/" component={HomePage} />
          <Route path="/artists/:id">{({ id }) => <ArtistPage key={id} id={decodeURIComponent(id)} />}</Route>
          <Route path="/albums/:id">{({ id }) => <AlbumPage key={id} id={decodeURIComponent(id)} />}</Route>
          <Route path="/genres" component={GenresPage} />
          <Route path="/genres/:slug">
            {({ slug }) => <GenrePage key={slug} slug={decodeURIComponent(slug)} />}
          </Route>
          <Route>
            <p class="notice">There is no such page. Search for what you want to hear.</p>
          </Route>
        </Switch>
      </main>
      <Panel />
      <PlayBar />
      <LiveRegion />
    </>
  );
}

/** The tab says what plays. */
function useTitle() {
  const song = player.current.value?.song;
  useEffect(() => {
    document.title = song ? `${song.title} · ${names(song.artists)}` : "Tonearm";
  }, [song]);
}
