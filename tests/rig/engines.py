"""`make engines`: PostgreSQL and OpenSearch with k-NN for hand work, until Ctrl-C."""

import contextlib
import signal

import pytest
import typer

from tests.rig.jars import Flavour
from tests.rig.opensearch import running_opensearch
from tests.rig.postgres import running_postgres

_HEAP_MB = 2048


def main() -> None:
    """Start both, print the settings that use them, wait for Ctrl-C, stop both."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as servers:
        try:
            postgres = servers.enter_context(running_postgres())
            opensearch = servers.enter_context(running_opensearch(Flavour.KNN, heap_mb=_HEAP_MB))
        except (pytest.skip.Exception, pytest.fail.Exception) as exc:
            raise SystemExit(str(exc)) from None
        typer.echo("Both run, with nothing in them. In another terminal:\n")
        typer.echo(f"export RADIOTHEQUE_CATALOG_URL={postgres.url(postgres.new_database())}")
        typer.echo("export RADIOTHEQUE_TEXT_ENGINE=opensearch RADIOTHEQUE_VECTOR_ENGINE=opensearch")
        typer.echo(f"export RADIOTHEQUE_OPENSEARCH_URL={opensearch.url}")
        typer.echo("\nCtrl-C stops them and removes what they hold.")
        signal.pause()


if __name__ == "__main__":
    main()
