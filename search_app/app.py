"""The front end's entry: `radiotheque app`, or `streamlit run search_app/app.py` with the options of `theme.py`."""

import streamlit as st

from search_app.components import slash_key
from search_app.shell import (
    CORPUS_PAGE,
    QUARANTINE_PAGE,
    REPORT_PAGE,
    SEARCH_PAGE,
    STYLE,
    current_screen,
    footer,
    go_to,
    masthead,
)
from search_app.theme import ICON, SIDEBAR_PIXELS


def main() -> None:
    """Lay out the page that the address asks for."""
    screen = current_screen()
    t = screen.t
    go_to(screen.view)  # a link within one page changes the view but not, by itself, the browser's address
    pages = [
        st.Page(SEARCH_PAGE, title=t("app.search"), default=True),
        st.Page(REPORT_PAGE, title=t("report.title"), url_path="report"),
        st.Page(CORPUS_PAGE, title=t("app.corpus"), url_path="corpus"),
        st.Page(QUARANTINE_PAGE, title=t("app.quarantine"), url_path="quarantine"),
    ]
    page = st.navigation(pages, position="hidden")
    st.set_page_config(
        page_title=f"{page.title} – {t('app.title')}",
        page_icon=ICON,
        layout="wide",
        initial_sidebar_state=SIDEBAR_PIXELS,
    )
    st.html(STYLE)
    masthead(screen, page)
    page.run()
    footer(screen)
    slash_key()


if __name__ == "__main__":
    main()
