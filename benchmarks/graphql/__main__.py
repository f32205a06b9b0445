"""Tonearm beside its peers: `python -m benchmarks.graphql`."""

from benchmarks.graphql.command import main

if __name__ == "__main__":
    main()
