"""Three small pieces of JavaScript: the / key goes to the query box, keys press buttons, a button copies a text.

All are Streamlit components without a frame; their code is fixed, what is shown or copied comes as data. What a key
reaches says so in `aria-keyshortcuts`, for screen readers.
"""

from typing import Final

import streamlit as st

QUERY_BOX: Final = "query_box"

_SLASH_JS: Final = """
export default function ({ data }) {
  const toQueryBox = (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.querySelector(`.st-key-${data.key} input`);
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  };
  document.addEventListener("keydown", toQueryBox);
  document.querySelector(`.st-key-${data.key} input`)?.setAttribute("aria-keyshortcuts", "/");
  return () => document.removeEventListener("keydown", toQueryBox);
}
"""

_PRESS_JS: Final = """
export default function ({ data, parentElement }) {
  const press = (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    const place = Object.hasOwn(data.places, event.key) && data.places[event.key];
    if (!place || typing || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();  // of its own, Streamlit takes r for "run again"
    document.querySelector(`.st-key-${place} button`)?.click();
  };
  for (const place of new Set(Object.values(data.places))) {
    const keys = Object.keys(data.places).filter((key) => data.places[key] === place);
    document.querySelector(`.st-key-${place} button`)?.setAttribute("aria-keyshortcuts", keys.join(" "));
  }
  // Called anew with each drawing of the page, and told to clean up only at its end: one listener at a time.
  parentElement.forgetKeys?.();
  window.addEventListener("keydown", press, true);
  parentElement.forgetKeys = () => window.removeEventListener("keydown", press, true);
  return () => parentElement.forgetKeys();
}
"""

_COPY_HTML: Final = '<button type="button" class="copy"></button>'
_COPY_CSS: Final = """
.copy { font: inherit; font-size: 0.875rem; color: var(--st-primary-color); background: none; border: none;
  padding: 0; cursor: pointer; }
.copy:hover, .copy:focus-visible { text-decoration: underline; }
"""
_COPY_JS: Final = """
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector(".copy");
  button.textContent = data.label;
  button.onclick = async () => {
    await navigator.clipboard.writeText(data.text);
    button.textContent = data.done;
    setTimeout(() => { button.textContent = data.label; }, 2000);
  };
}
"""

_slash_key = st.components.v2.component("radiotheque_slash_key", js=_SLASH_JS)
_pressing_keys = st.components.v2.component("radiotheque_pressing_keys", js=_PRESS_JS)
_copy_button = st.components.v2.component("radiotheque_copy", html=_COPY_HTML, css=_COPY_CSS, js=_COPY_JS)


def slash_key() -> None:
    """Make the / key, typed outside any field, go to the query box."""
    _slash_key(key="slash_key", data={"key": QUERY_BOX})


def pressing_keys(places: dict[str, str]) -> None:
    """Make keys, typed outside any field, press buttons. places: `KeyboardEvent.key` -> key of the button's container."""
    _pressing_keys(key="pressing_keys", data={"places": places})


def copy_button(text: str, label: str, done: str) -> None:
    """A button that copies `text`; it says `label`, and `done` for a moment after."""
    _copy_button(key="copy_text", width="content", data={"text": text, "label": label, "done": done})
