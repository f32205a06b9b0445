/** @jsxImportSource preact */
import { Link } from "wouter-preact";
import { isMarked, toggleMark } from "../state/marks";
import * as player from "../state/player";
import { Artists } from "./artists";
import { Cover } from "./cover";
import { Heart } from "./heart";
import { Icon } from "./icons";
import { panel, togglePanel } from "./panel";
import { Slider } from "./slider";
import { clock, paths, spoken } from "./words";

const REPEAT = { off: "Repeat is off", all: "Repeat the queue", one: "Repeat this song" };

/** What plays, and its controls: at the foot of every page once there is something to play. */
export function PlayBar() {
  const entry = player.current.value;
  if (!entry) return null;
  const { song } = entry;
  const { entries, repeat, unshuffled } = player.queue.value;
  const isPlaying = player.playing.value;
  const isSilent = player.muted.value || player.volume.value === 0;
  return (
    <footer
      class="play-bar"
      aria-label="Player"
      role="region"
      style={song.cover ? { "--tint": song.cover.dominantColor } : undefined}
    >
      {player.trouble.value && <Trouble {...player.trouble.value} />}
      <Seek />
      <div class="play-song">
        {song.album ? (
          <Link href={paths.album(song.album.id)} aria-label={`Album ${song.album.title}`}>
            <Cover cover={song.cover} size={56} eager />
          </Link>
        ) : (
          <Cover cover={song.cover} size={56} eager />
        )}
        <span class="play-words">
          <bdi class="play-title">{song.title}</bdi>
          <span class="quiet">
            {song.episode ? (
              <Link href={paths.show(song.episode.show.id)}>
                <bdi>{song.episode.show.title}</bdi>
              </Link>
            ) : (
              <Artists artists={song.artists} />
            )}
          </span>
        </span>
        {!song.episode && (
          <Heart
            isOn={isMarked("song", song.id, song.likedByViewer)}
            label={`Like ${song.title}`}
            onToggle={() => toggleMark("song", song.id, song.likedByViewer)}
          />
        )}
      </div>
      <div class="play-controls">
        {song.episode ? (
          <Speed />
        ) : (
          <button
            type="button"
            class="icon-button wide-only"
            aria-label="Shuffle"
            aria-pressed={unshuffled !== null}
            onClick={player.toggleShuffle}
          >
            <Icon name="shuffle" />
          </button>
        )}
        {song.episode ? (
          <button type="button" class="icon-button skip" aria-label="15 seconds back" onClick={() => player.skip(-15)}>
            <Icon name="back15" />
            <span aria-hidden="true">15</span>
          </button>
        ) : (
          <button type="button" class="icon-button" aria-label="Previous song" onClick={player.previous}>
            <Icon name="previous" />
          </button>
        )}
        <button
          type="button"
          class={player.waiting.value ? "play-button play-waiting" : "play-button"}
          aria-label={isPlaying ? "Pause" : "Play"}
          onClick={player.toggle}
        >
          <Icon name={isPlaying ? "pause" : "play"} />
        </button>
        {song.episode && (
          <button type="button" class="icon-button skip" aria-label="30 seconds on" onClick={() => player.skip(30)}>
            <Icon name="forward30" />
            <span aria-hidden="true">30</span>
          </button>
        )}
        {(!song.episode || entries.length > 1) && (
          <button type="button" class="icon-button" aria-label="Next song" onClick={player.next}>
            <Icon name="next" />
          </button>
        )}
        <button
          type="button"
          class="icon-button wide-only"
          aria-label={REPEAT[repeat]}
          title={REPEAT[repeat]}
          aria-pressed={repeat !== "off"}
          onClick={player.cycleRepeat}
        >
          <Icon name="repeat" />
          {repeat === "one" && <sup>1</sup>}
        </button>
      </div>
      <div class="play-more">
        <button
          type="button"
          class="icon-button"
          aria-label="Lyrics"
          aria-expanded={panel.value === "lyrics"}
          onClick={() => togglePanel("lyrics")}
        >
          <Icon name="lyrics" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="Queue"
          aria-expanded={panel.value === "queue"}
          onClick={() => togglePanel("queue")}
        >
          <Icon name="queue" />
        </button>
        <button
          type="button"
          class="icon-button wide-only"
          aria-label="Mute"
          aria-pressed={isSilent}
          onClick={() => (player.muted.value = !player.muted.value)}
        >
          <Icon name={isSilent ? "muted" : "volume"} />
        </button>
        <Slider
          label="Volume"
          class="volume wide-only"
          value={player.muted.value ? 0 : player.volume.value}
          max={1}
          step={0.01}
          text={(value) => `${Math.round(value * 100)} %`}
          isLive
          onChange={(value) => {
            player.muted.value = false;
            player.volume.value = value;
          }}
        />
      </div>
    </footer>
  );
}

const SPEEDS = [1, 1.25, 1.5, 1.75, 2, 0.75];

/** How fast an episode plays: each press is the next faster one, and then slow again. */
function Speed() {
  const speed = player.speed.value;
  return (
    <button
      type="button"
      class="icon-button speed"
      aria-label={`Speed ${speed}`}
      title="Speed"
      onClick={() => (player.speed.value = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length]!)}
    >
      {speed}×
    </button>
  );
}

function Seek() {
  const [position, duration] = [player.position.value, player.duration.value];
  return (
    <div class="seek">
      <span class="quiet" aria-hidden="true">{clock(position)}</span>
      <Slider
        label="Position"
        class="seek-slider"
        value={position}
        max={duration}
        step={0.1}
        text={(value) => `${spoken(value)} of ${spoken(duration)}`}
        onChange={player.seek}
      />
      <span class="quiet" aria-hidden="true">{clock(duration)}</span>
    </div>
  );
}

function Trouble({ message, canSkip }: { message: string; canSkip: boolean }) {
  return (
    <p class="trouble" role="alert">
      {message}{" "}
      <button type="button" class="text-button" onClick={player.retry}>
        Try again
      </button>
      {canSkip && (
        <button type="button" class="text-button" onClick={player.next}>
          Next song
        </button>
      )}
    </p>
  );
}
