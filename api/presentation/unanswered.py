"""An answer without sentences as Markdown: the closest quotes with a warning, or that nothing was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.presentation.markdown import escape
from dalil.domain import Answer, Citation, DetailKind, MissingDetail

MAX_QUOTES = 3
"""The most quotes that a message without an answer shows."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The phrases of one language; `details` has a template for each kind of detail."""

    related: str
    nothing: str
    missing: str
    separator: str
    details: Mapping[DetailKind, str]


_ENGLISH = Wording(
    related="I found no sure answer. The closest passages, which may not answer:",
    nothing="I found nothing about this in the articles.",
    missing="Not found: {details}.",
    separator=", ",
    details={
        DetailKind.NAME: "the name “{text}”",
        DetailKind.NUMBER: "the number “{text}”",
        DetailKind.DATE: "the date “{text}”",
        DetailKind.WORD: "“{text}”",
    },
)
_ARABIC = Wording(
    related="لم أجد إجابة مؤكدة. أقرب ما وجدت، وقد لا يجيب:",
    nothing="لم أجد شيئا عن هذا في المقالات.",
    missing="لم يُعثر على: {details}.",
    separator="، ",
    details={
        DetailKind.NAME: "الاسم «{text}»",
        DetailKind.NUMBER: "العدد «{text}»",
        DetailKind.DATE: "التاريخ «{text}»",
        DetailKind.WORD: "«{text}»",
    },
)

WORDINGS: Mapping[str, Wording] = {"ar": _ARABIC, "en": _ENGLISH, "und": _ENGLISH}
"""By the language of the question."""


def unanswered_markdown(answer: Answer) -> str:
    """The message for an answer without sentences; the reply, where there was no search.

    With related evidence it is a list of the best quotes, each with its marker, such as `[1]`. Both that and a refusal
    end with the details that were not found.
    """
    if answer.reply:
        return answer.reply
    wording = WORDINGS[answer.language]
    missing = _missing(answer.missing, wording)
    if not answer.related:
        return " ".join(filter(None, [wording.nothing, missing]))
    quotes = "\n".join(map(_list_item, answer.related[:MAX_QUOTES]))
    return "\n\n".join(filter(None, [wording.related, quotes, missing]))


def _list_item(citation: Citation) -> str:
    # A line feed in the quote would end the item.
    return f"- «{escape(' '.join(citation.quote.split()))}» [{citation.number}]"


def _missing(details: Sequence[MissingDetail], wording: Wording) -> str:
    named = wording.separator.join(wording.details[detail.kind].format(text=escape(detail.text)) for detail in details)
    return wording.missing.format(details=named) if named else ""
