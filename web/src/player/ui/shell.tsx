/** @jsxImportSource preact */
import { useEffect } from "preact/hooks";
import { Link, Route, Switch, useLocation } from "wouter-preact";
import * as player from "../state/player";
import * as search from "../state/search";
import { signInPath } from "../state/places";
import { user } from "../state/session";
import { AlbumPage } from "./album-page";
import { ArtistPage } from "./artist-page";
import { Elsewhere } from "./elsewhere";
import { GenrePage, GenresPage } from "./genre-pages";
import { HomePage } from "./home-page";
import { Icon } from "./icons";
import { lazily } from "./lazily";
import { LiveRegion } from "./live";
import { NoticeBar } from "./notice";
import { OfflineBar, OfflinePage } from "./offline";
import { Overlay, closeOverlay } from "./overlay";
import { Panel } from "./panel-view";
import { PlayBar } from "./play-bar";
import { SearchBar } from "./search-bar";
import { names, paths } from "./words";

const AccountPage = lazily(async () => (await import("./account-page")).AccountPage);
const LibraryPage = lazily(async () => (await import("./library-page")).LibraryPage);
const PlaylistPage = lazily(async () => (await import("./playlist-page")).PlaylistPage);
const ShowPage = lazily(async () => (await import("./show-page")).ShowPage);
const ForgotPage = lazily(async () => (await import("./forgotten-pages")).ForgotPage);
const ResetPage = lazily(async () => (await import("./forgotten-pages")).ResetPage);
const SignInPage = lazily(async () => (await import("./sign-in-page")).SignInPage);
const SignUpPage = lazily(async () => (await import("./sign-in-page")).SignUpPage);

/** What all pages share: the search bar above, what plays below. */
export function Shell() {
  const [path] = useLocation();
  useEffect(() => {
    scrollTo(0, 0);
    closeOverlay();
  }, [path]);
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
          <Link href={paths.library()}>Library</Link>
          <a href="/graphiql" class="wide-only">GraphiQL</a>
          {user.value ? (
            <Link href="/account" class="who" aria-label={`Account of ${user.value.displayName}`}>
              <Icon name="person" />
            </Link>
          ) : (
            <SignInLink />
          )}
        </nav>
      </header>
      <OfflineBar />
      <main id="main" tabIndex={-1}>
        <Switch>
          <Route path="/" component={HomePage} />
          <Route path="/artists/:id">{({ id }) => <ArtistPage key={id} id={decodeURIComponent(id)} />}</Route>
          <Route path="/albums/:id">{({ id }) => <AlbumPage key={id} id={decodeURIComponent(id)} />}</Route>
          <Route path="/genres" component={GenresPage} />
          <Route path="/genres/:slug">
            {({ slug }) => <GenrePage key={slug} slug={decodeURIComponent(slug)} />}
          </Route>
          <Route path="/library/:part?">{({ part }) => <LibraryPage key={part} part={part ?? ""} />}</Route>
          <Route path="/playlists/:id">
            {({ id }) => <PlaylistPage key={id} id={decodeURIComponent(id)} />}
          </Route>
          <Route path="/shows/:id">{({ id }) => <ShowPage key={id} id={decodeURIComponent(id)} />}</Route>
          <Route path="/sign-in" component={SignInPage} />
          <Route path="/sign-up" component={SignUpPage} />
          <Route path="/forgot" component={ForgotPage} />
          <Route path="/reset" component={ResetPage} />
          <Route path="/offline" component={OfflinePage} />
          <Route path="/account" component={AccountPage} />
          <Route>
            <p class="notice">There is no such page. Search for what you want to hear.</p>
          </Route>
        </Switch>
      </main>
      <Panel />
      <Elsewhere />
      <PlayBar />
      <NoticeBar />
      <Overlay />
      <LiveRegion />
    </>
  );
}

function SignInLink() {
  const [path] = useLocation();
  const isThere = path === "/sign-in" || path === "/sign-up";
  return <Link href={isThere ? path + location.search : signInPath()}>Sign in</Link>;
}

/** The tab says what plays. */
function useTitle() {
  const song = player.current.value?.song;
  useEffect(() => {
    document.title = song ? `${song.title} · ${names(song.artists)}` : "Tonearm";
  }, [song]);
}
