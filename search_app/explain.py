"""Why a report was found, in plain words: pure functions from a hit to a sentence and a bar."""

from search_app.answers import Hit, Signal
from search_app.i18n import Texts
from search_app.marks import finding_badges
from search_app.render import MAX_PASSAGES, SEPARATOR, badges, escape, facts_line, passage_block


def word_share(hit: Hit) -> float | None:
    """The part of the score that comes from words (0 to 1); None when neither signal took part."""
    words, meaning = max(hit.lexical.contribution, 0.0), max(hit.semantic.contribution, 0.0)
    return words / (words + meaning) if words + meaning > 0 else None


def reasons(hit: Hit, t: Texts, *, worded: bool = True) -> str:
    """The words found and the section nearest in meaning: plain text. worded: whether words were searched at all."""
    parts = [_words(hit, t)] if worded else []
    if _took_part(hit.semantic):
        nearest = hit.closest_section
        parts.append(t("why.meaning", section=t(f"section.{nearest}").lower()) if nearest else t("why.meaning_plain"))
    return SEPARATOR.join(part for part in parts if part)


def _words(hit: Hit, t: Texts) -> str:
    if hit.matched_words:
        return t("why.words", n=len(hit.matched_words), words=", ".join(hit.matched_words))
    return t("why.no_words")


def _took_part(signal: Signal) -> bool:
    return signal.rank is not None or signal.contribution > 0


def why_block(hit: Hit, t: Texts, *, worded: bool = True) -> str:
    """Reasons, a slim bar with the shares of words and meaning, and a notice if the report contradicts the query."""
    share = word_share(hit)
    if share is None:
        return _notice(hit, t)
    bar = share_bar(share, t) if worded or share > 0 else ""
    return (
        f'{_notice(hit, t)}<div class="rt-why"><span class="rt-why-title">{escape(t("why.title"))}</span>'
        f'<span class="rt-why-text">{escape(reasons(hit, t, worded=worded))}</span>{bar}</div>'
    )


def share_bar(share: float, t: Texts) -> str:
    """The shares of words (`share`) and meaning (the rest), drawn and named."""
    words, meaning = t.percent(share), t.percent(1 - share)
    label = escape(t("why.share", words=words, meaning=meaning))
    return (
        f'<span class="rt-share" role="img" aria-label="{label}" title="{label}">'
        f'<span class="rt-share-words">{escape(t("why.share_words", share=words))}</span>'
        f'<span class="rt-bar"><i style="width:{100 * share:.0f}%"></i></span>'
        f'<span class="rt-share-meaning">{escape(t("why.share_meaning", share=meaning))}</span></span>'
    )


def _notice(hit: Hit, t: Texts) -> str:
    return f'<div class="rt-notice">{escape(t("why.contradicts"))}</div>' if hit.contradicts else ""


def hit_card(hit: Hit, t: Texts, *, worded: bool = True) -> str:
    """A hit as a card's inside: what exam it is, the findings asked for, its best passages, and why it was found."""
    passages = "".join(passage_block(passage, t) for passage in hit.passages[:MAX_PASSAGES])
    rank = escape(t("hit.rank", n=hit.rank))
    return (
        f'<div class="rt-hit"><div class="rt-head"><span class="rt-rank" aria-label="{rank}">{hit.rank}</span>'
        f'{badges(hit.exam, t)}<span class="rt-facts">{escape(facts_line(hit.exam, t))}</span></div>'
        f"{finding_badges(hit.matched_findings, t)}"
        f"{passages}{why_block(hit, t, worded=worded)}</div>"
    )
