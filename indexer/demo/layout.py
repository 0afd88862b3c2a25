"""Sets a draft as text in a style, keeping every mention's offsets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from indexer.demo.composing import Draft, OrganText
from indexer.demo.model import Mention, Section
from indexer.demo.scene import Said, Scene
from indexer.demo.styles import Ending, Layout, Style


class Page:
    """Text under construction; adding a sentence moves its mentions to their place."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.mentions: list[Mention] = []

    def put(self, text: str) -> None:
        """Add plain text."""
        self._parts.append(text)
        self._length += len(text)

    def say(self, said: Said) -> None:
        """Add a sentence and its mentions."""
        for mention in said.mentions:
            mention.start += self._length
            mention.end += self._length
            self.mentions.append(mention)
        self.put(said.text)

    def say_all(self, sentences: list[Said], between: str = " ", before: str = "") -> None:
        """Add sentences, each after `before`, separated by `between`."""
        for number, said in enumerate(sentences):
            self.put(before if number == 0 else between + before)
            self.say(said)

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)


def lay_out(draft: Draft, scene: Scene) -> Page:
    """Write the report."""
    style, page = scene.style, Page()
    if draft.title:
        page.put(_title(draft.title.text, style))
    for section in (Section.INDICATION, Section.TECHNIQUE, Section.COMPARISON):
        if draft.sections[section]:
            page.put(style.gap + style.headings.get(section, ""))
            page.say_all(draft.sections[section])
    page.put(style.gap + style.headings.get(Section.RESULTS, ""))
    layout = style.layouts[int(scene.rng.random() * len(style.layouts))]
    _RESULTS[layout](page, draft.organs, style)
    if any(draft.conclusion):
        ending = style.endings[int(scene.rng.random() * len(style.endings))]
        listed = len(draft.conclusion) > 1 and ending in (Ending.NUMBERED, Ending.BULLETS)
        heading = style.headings.get(Section.CONCLUSION, "")
        # A list starts on a line of its own.
        page.put(style.gap + (heading.rstrip() + "\n" if listed and heading else heading))
        _conclude(page, draft.conclusion, ending, style)
    return page


def _title(text: str, style: Style) -> str:
    return style.title.replace("{upper}", text.upper()).replace("{as_is}", text)


def _by_group(organs: list[OrganText]) -> list[tuple[str, list[OrganText]]]:
    return [(group, list(members)) for group, members in groupby(organs, key=lambda text: text.organ.group)]


def _paragraph(page: Page, organs: list[OrganText], _style: Style) -> None:
    for number, (group, members) in enumerate(_by_group(organs)):
        page.put(("\n" if number else "") + (f"{group} : " if group else ""))
        page.say_all([said for text in members for said in text.said])


def _lines(page: Page, organs: list[OrganText], _style: Style) -> None:
    for number, (group, members) in enumerate(_by_group(organs)):
        page.put(("\n" if number else "") + (f"{group} :\n" if group else ""))
        for index, text in enumerate(members):
            page.put("\n" if index else "")
            page.say_all(text.said)


def _bullets(page: Page, organs: list[OrganText], style: Style) -> None:
    for number, (group, members) in enumerate(_by_group(organs)):
        page.put(("\n" if number else "") + (f"{group} :\n" if group else ""))
        page.say_all([said for text in members for said in text.said], "\n", style.bullet)


def _headed(page: Page, organs: list[OrganText], _style: Style) -> None:
    for number, text in enumerate(organs):
        page.put(("\n" if number else "") + f"{text.organ.heading} : ")
        page.say_all(_after_heading(text))


def _blocks(page: Page, organs: list[OrganText], style: Style) -> None:
    for number, text in enumerate(organs):
        page.put(("\n\n" if number else "") + f"{text.organ.heading}\n")
        page.say_all(_after_heading(text), "\n", style.bullet)


def _after_heading(text: OrganText) -> list[Said]:
    """Drop the organ's name from sentences that start with it: "Reins : pas de calcul" under "Reins"."""
    label = text.organ.heading.split()[0] + " : "
    return [_cut(said, len(label)) if said.text.startswith(label) else said for said in text.said]


def _cut(said: Said, count: int) -> Said:
    for mention in said.mentions:
        mention.start -= count
        mention.end -= count
    return Said(said.text[count].upper() + said.text[count + 1 :], said.mentions)


_RESULTS: dict[Layout, Callable[[Page, list[OrganText], Style], None]] = {
    Layout.PARAGRAPH: _paragraph,
    Layout.LINES: _lines,
    Layout.BULLETS: _bullets,
    Layout.HEADED: _headed,
    Layout.BLOCKS: _blocks,
}


def _conclude(page: Page, items: list[list[Said]], ending: Ending, style: Style) -> None:
    if len(items) == 1 or ending in (Ending.SENTENCES, Ending.REPEATED):
        page.say_all([said for item in items for said in item])
        return
    for number, item in enumerate(items, start=1):
        page.put("\n" if number > 1 else "")
        page.put(f"{number}. " if ending is Ending.NUMBERED else style.bullet)
        page.say_all(item)
