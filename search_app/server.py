"""Streamlit's own command, without its one call to the outside.

    python -m search_app.server run search_app/app.py ...

Where a page of another origin connects, Streamlit asks a service on the internet for the address of this machine, to see
whether the origin is that. Nobody outside is asked anything here: such an origin is refused.
"""

import sys

from streamlit import net_util
from streamlit.web import cli


def no_address() -> None:
    """What is known of this machine's address on the internet."""


def main() -> None:
    """Run Streamlit's command with the arguments of this process."""
    net_util.get_external_ip = no_address
    sys.exit(cli.main(prog_name="streamlit"))


if __name__ == "__main__":
    main()
