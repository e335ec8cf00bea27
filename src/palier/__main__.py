"""The `palier` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from palier.cli.app import run

    run()


if __name__ == "__main__":
    main()
