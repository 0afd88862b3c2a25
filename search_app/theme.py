"""How Streamlit is to be started: the look, no telemetry, this machine only.

[sys.executable, "-m", "search_app.server", "run", str(theme.ENTRY), *theme.command_line_options(port)]
"""

from pathlib import Path
from typing import Final

ENTRY: Final = Path(__file__).with_name("app.py")

INK: Final = "#16252D"
PRIMARY: Final = "#0B5F76"
WORDS: Final = "#0B5F76"
MEANING: Final = "#D88A2D"
MUTED: Final = "#5A6B74"
"""WORDS and MEANING stay apart for every common colour blindness, and in grey."""

SIDEBAR_PIXELS: Final = 352

ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0B5F76"/>'
    '<circle cx="14" cy="14" r="6.5" fill="none" stroke="#fff" stroke-width="3"/>'
    '<path d="M19 19l6 6" stroke="#FFE69A" stroke-width="3.5" stroke-linecap="round"/></svg>'
)
"""The tab's icon, drawn here: Streamlit would fetch a named one from an outside server."""

OPTIONS: Final[dict[str, str]] = {
    "browser.gatherUsageStats": "false",
    "server.headless": "true",
    "server.address": "127.0.0.1",
    "server.fileWatcherType": "none",
    "server.enableXsrfProtection": "true",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",  # a traceback may quote a report
    "client.showErrorLinks": "false",  # links that send the message to outside services
    "logger.enableRich": "false",
    "logger.level": "warning",
    "theme.base": "light",
    "theme.primaryColor": PRIMARY,
    "theme.backgroundColor": "#F6F8F8",
    "theme.secondaryBackgroundColor": "#FFFFFF",
    "theme.textColor": INK,
    "theme.borderColor": "#D9E1E4",
    "theme.baseRadius": "0.5rem",
    "theme.showWidgetBorder": "true",
    "theme.linkUnderline": "false",
    "theme.sidebar.backgroundColor": "#EEF2F3",
    "theme.sidebar.secondaryBackgroundColor": "#FFFFFF",
}


def command_line_options(port: int) -> list[str]:
    """Options of `streamlit run`. port: 0 is not understood by Streamlit; give a free one."""
    return [f"--{name}={value}" for name, value in OPTIONS.items()] + [f"--server.port={port}"]
