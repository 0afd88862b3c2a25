"""The front door: `radiotheque`, composed of each area's commands. The one place that knows all of them."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

import api.cli
import api.demo
import indexer.catalog_cli
import indexer.cli
import indexer.findings_cli
import indexer.lexicon_cli
import indexer.privacy_cli
import indexer.quarantine_cli
import indexer.status_cli
import search_app.cli
from api.cli import settings_with
from indexer.console import err
from indexer.errors import RadiothequeError

_INTERRUPTED = 130

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Radiothèque: semantic search of radiology reports, on your own machine.",
    epilog="Start with: radiotheque demo. For decision support in research and teaching; not a medical device.",
)
_AREAS = (
    indexer.cli.app,
    indexer.status_cli.app,
    indexer.privacy_cli.app,
    indexer.findings_cli.app,
    api.cli.app,
    api.demo.app,
    search_app.cli.app,
)
for area in _AREAS:
    app.add_typer(area)
app.add_typer(indexer.quarantine_cli.app, name="quarantine")
app.add_typer(indexer.lexicon_cli.app, name="lexicon")
app.add_typer(indexer.catalog_cli.app, name="catalog")


@app.callback()
def root(
    context: typer.Context,
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder of the index; otherwise RADIOTHEQUE_DATA_DIR or its default.")
    ] = None,
) -> None:
    """Put the settings where every command finds them."""
    context.obj = settings_with(data_dir)


def main() -> None:
    """Run a command. A user's mistake is one sentence and exit code 2, never a traceback."""
    try:
        app()
    except RadiothequeError as exc:
        err.print(f"[red]error:[/red] {escape(str(exc))}", highlight=False, soft_wrap=True)
        sys.exit(exc.exit_code)
    except SystemExit as exc:
        if exc.code == _INTERRUPTED:
            err.print("interrupted; nothing is lost: run the same command again to go on")
        raise


if __name__ == "__main__":
    main()
