// The lock screen and the keys of keyboards and headphones.
import { effect } from "@preact/signals";
import * as player from "./player";

export function connectMediaSession(): void {
  const session = navigator.mediaSession;
  if (!session) return;
  effect(() => {
    const song = player.current.value?.song;
    session.metadata = song
      ? new MediaMetadata({
          title: song.title,
          artist: song.artists.map((artist) => artist.name).join(", "),
          album: song.album?.title ?? "",
          artwork: song.cover ? [{ src: song.cover.medium, sizes: "300x300", type: "image/jpeg" }] : [],
        })
      : null;
  });
  effect(() => {
    session.playbackState = player.current.value ? (player.playing.value ? "playing" : "paused") : "none";
  });
  effect(() => {
    const duration = player.duration.value;
    const position = Math.min(player.position.value, duration);
    if (duration > 0) session.setPositionState({ duration, position, playbackRate: 1 });
  });
  session.setActionHandler("play", player.toggle);
  session.setActionHandler("pause", player.toggle);
  session.setActionHandler("nexttrack", player.next);
  session.setActionHandler("previoustrack", player.previous);
  session.setActionHandler("seekto", ({ seekTime }) => seekTime != null && player.seek(seekTime));
  session.setActionHandler("seekbackward", ({ seekOffset }) => player.skip(-(seekOffset ?? 10)));
  session.setActionHandler("seekforward", ({ seekOffset }) => player.skip(seekOffset ?? 10));
}
