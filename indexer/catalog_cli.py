"""`radiotheque catalog ...`: moving the catalog to another database."""

from typing import Annotated

import typer
from rich.table import Table

from indexer.console import err, out, progress, settings_of
from indexer.errors import InputError
from indexer.settings import POSTGRESQL
from indexer.stores.catalog.database import has_password
from indexer.stores.catalog.moving import Tally, move_catalog
from indexer.workspace import require_index, write_lock

app = typer.Typer(no_args_is_help=True, help="The catalog's database.")

_FILE = "sqlite:///"


@app.callback()
def catalog() -> None:
    """The catalog's database."""


@app.command(
    "migrate", epilog="Example: radiotheque catalog migrate --to postgresql://radiotheque@db.example.org/radiotheque"
)
def migrate_command(
    context: typer.Context,
    to: Annotated[
        str,
        typer.Option(
            help="postgresql://user@host:port/database, made and empty, its password in PGPASSWORD or a pgpass file; "
            "or sqlite:///FILE, for the way back."
        ),
    ],
) -> None:
    """Copy the whole catalog into another database and verify it: everything or nothing. The old one stays as it is."""
    settings = settings_of(context)
    _require_target(to)
    require_index(settings)
    with write_lock(settings.data_dir), progress("Copying and verifying", None) as advance:
        tallies = move_catalog(settings.catalog_location, to, lambda done, of: advance(done, f"{done / of:.0%}"))
    out.print(_table(tallies))
    out.print(f"Copied and verified, every row read back. Use it with: {_setting(to)}", highlight=False, soft_wrap=True)
    err.print("The old catalog is kept, and is not written to any more once the setting is made.", highlight=False)


def _require_target(to: str) -> None:
    if not to.startswith((POSTGRESQL, _FILE)):
        raise InputError(f"--to cannot be used; wanted: {POSTGRESQL}user@host:port/database, or {_FILE}FILE")
    if has_password(to):
        raise InputError(
            "--to has a password in it, which every user of this machine can see; "
            "leave it out, and put it into PGPASSWORD or a pgpass file"
        )


def _setting(to: str) -> str:
    if to.startswith(POSTGRESQL):
        return f"RADIOTHEQUE_CATALOG_URL={to}"
    return "no RADIOTHEQUE_CATALOG_URL, and the file as catalog.sqlite in the data folder"


def _table(tallies: dict[str, Tally]) -> Table:
    table = Table("table", "rows", "checksum")
    for name, tally in tallies.items():
        table.add_row(name, str(tally.rows), f"{tally.checksum:032x}")
    return table
