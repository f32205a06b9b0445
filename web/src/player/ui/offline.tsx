/** @jsxImportSource preact */
import { Link } from "wouter-preact";
import { forgetSongs, isOnline, saved } from "../state/saved";
import { SongList } from "./song-list";

const count = () => (saved.value.length === 1 ? "the song" : `the ${saved.value.length} songs`);

/** Says that there is no network, and what is left. */
export function OfflineBar() {
  return (
    <div role="status">
      {!isOnline.value && (
        <p class="offline">
          {saved.value.length > 0 ? (
            <>
              Offline: you can still play <Link href="/offline">{count()} that you played last</Link>.
            </>
          ) : (
            "Offline. Songs that you play to their end are kept here for such times."
          )}
        </p>
      )}
    </div>
  );
}

export function OfflinePage() {
  const songs = saved.value.map(({ song }) => song);
  const megabytes = Math.ceil(saved.value.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6);
  return (
    <section class="kept" aria-labelledby="kept">
      <h1 id="kept">Kept in this browser</h1>
      <p class="quiet">
        The last songs that were loaded to their end, at most 20, play without a network too. To sign out removes
        them.
      </p>
      {songs.length > 0 ? (
        <>
          <SongList songs={songs} label="Songs kept in this browser" />
          <p class="quiet">
            {megabytes} MB{" "}
            <button type="button" class="text-button" onClick={() => void forgetSongs()}>
              Remove all
            </button>
          </p>
        </>
      ) : (
        <p class="notice">There is none yet.</p>
      )}
    </section>
  );
}
