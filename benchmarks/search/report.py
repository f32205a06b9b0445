"""The results as Markdown."""

from typing import Any, Final

_COLUMNS: Final = ("n", "p50", "p95", "p99", "max", "recall", "mrr", "empty", "failed")


def markdown(results: dict[str, Any]) -> str:
    """Everything that was measured, for people."""
    data = results["data"]
    parts = [
        f"# Search over {data['songs']:,} songs\n",
        f"Commit {results['commit']}, queries of seed {results['seed']}, catalogue of seed "
        f"{results['data_seed']}; PostgreSQL {results['postgresql']}, {results['cpus']} CPUs, load "
        f"{results['load'][0]:.1f} before and {results['load'][1]:.1f} after, fsync off, warm "
        "cache. Milliseconds at the client, one statement after the other. `recall` is the share "
        "of queries whose song is among the first 20, `mrr` the mean of 1/place, `empty` the share "
        "without any hit.\n",
        "## Ours\n",
        _table("kind", results["ours"]),
        "Typing rightly what the typos above were meant to be:\n",
        _table("", {"typo, as intended": results["intended"]}),
        "A primary-key look-up by the same client, before every search:\n",
        _table("", {"calibration": results["calibration"]}),
        *_growth(results),
        "## Throughput\n",
    ]
    clients = {f"{row['clients']} clients": row for row in results["throughput"]}
    columns = ("per_second", "p50", "p99", "max", "client_cpus", "machine_cpus")
    parts.append(_table("", clients, columns))
    if peers := results["peers"]:
        parts.append("## Other ways to search: latency and recall, a part of the same queries\n")
        parts.append(_table("", {peer: rows["all"] for peer, rows in peers.items()}))
        parts.append("Typos alone:\n")
        parts.append(_table("", {peer: rows["typo"] for peer, rows in peers.items()}))
    parts.append("## Writing and building\n")
    parts.append(_pairs(data["build"] | results["peer_build"], "seconds", 1))
    parts.append(_pairs(results["writes"], "songs per second", 1))
    parts.append("## Sizes\n")
    parts.append(f"{data['words']:,} words in the vocabulary.\n")
    megabytes = {name: size / 1e6 for name, size in results["sizes"].items()}
    parts.append(_pairs(megabytes, "MB", 1))
    return "\n".join(parts)


def _growth(results: dict[str, Any]) -> list[str]:
    """How much slower than over the smaller catalogue, where the same commit measured one."""
    smaller = results.get("smaller")
    if smaller is None:
        return []
    columns = ("p50", "p99", "max")
    kinds = [kind for kind in results["ours"] if kind in smaller["ours"]]
    times = {
        kind: {
            column: round(results["ours"][kind][column] / smaller["ours"][kind][column], 2)
            for column in columns
        }
        for kind in kinds
    }
    return [
        f"Times as long as over {smaller['data']['songs']:,} songs:\n",
        _table("kind", times, columns),
    ]


def _table(
    corner: str, rows: dict[str, dict[str, Any]], columns: tuple[str, ...] = _COLUMNS
) -> str:
    lines = [f"| {corner} | {' | '.join(columns)} |", "|---" + "|---:" * len(columns) + "|"]
    for name, row in rows.items():
        cells = ["" if row.get(column) is None else f"{row[column]:g}" for column in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _pairs(pairs: dict[str, float], unit: str, digits: int) -> str:
    lines = [f"| | {unit} |", "|---|---:|"]
    lines += [f"| {name} | {value:,.{digits}f} |" for name, value in pairs.items()]
    return "\n".join(lines) + "\n"
