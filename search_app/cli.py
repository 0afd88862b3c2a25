"""The command that starts the front end."""

import os
import sys
from typing import Annotated

import typer

from search_app import theme
from search_app.settings import AppSettings

app = typer.Typer(no_args_is_help=True)

_PORT = 8310


@app.command("app", epilog="Example: radiotheque serve & radiotheque app")
def app_command(
    port: Annotated[
        int, typer.Option(min=1, max=65535, envvar="RADIOTHEQUE_APP_PORT", help="Port of the front end.")
    ] = _PORT,
    api_url: Annotated[str | None, typer.Option(help="Address of the API; otherwise RADIOTHEQUE_API_URL.")] = None,
) -> None:
    """Show the front end in a browser. It asks the API, which `radiotheque serve` starts."""
    address = api_url or AppSettings().api_url
    typer.echo(f"The front end is at http://127.0.0.1:{port} and asks {address} (Ctrl-C ends it)")
    command = [sys.executable, "-m", "search_app.server", "run", str(theme.ENTRY), *theme.command_line_options(port)]
    environment = {**os.environ, "RADIOTHEQUE_API_URL": address}
    # exec, not a child: a signal to this process reaches Streamlit itself.
    os.execve(sys.executable, command, environment)  # noqa: S606
