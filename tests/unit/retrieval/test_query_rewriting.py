import pytest

from dalil.limits import MAX_QUERY_CHARACTERS
from dalil.retrieval.query_rewriting import MAX_CHAIN_QUESTIONS, rewrite_followup
from dalil.text.aliases import Aliases

ALIASES = Aliases.standard()
BEFORE = "What weapons did North Korea send to Russia?"


def read(*questions: str) -> str:
    return rewrite_followup(questions, ALIASES)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("And when was that?", id="an and"),
        pytest.param("and Iran's missiles?", id="an and before a name"),
        pytest.param("What about the missiles of Iran?", id="what about"),
        pytest.param("When did it happen?", id="a pronoun"),
        pytest.param("What did he say about Putin?", id="a pronoun before the first name"),
        pytest.param("Did Russia confirm this?", id="a pronoun at the end"),
        pytest.param("What happened in Dnipro after that?", id="after that"),
        pytest.param("Why?", id="a single word"),
        pytest.param("How many were killed?", id="few words of its own"),
        pytest.param("What happened in that year?", id="a time spoken of"),
        pytest.param("ومتى حدث ذلك؟", id="an Arabic and"),
        pytest.param("وكم عدد القتلى في صفوف الجنود؟", id="an Arabic and, many words"),
        pytest.param("ماذا عن صواريخ إيران؟", id="an Arabic what about"),
        pytest.param("هل أكدت روسيا ذلك؟", id="an Arabic pronoun at the end"),
        pytest.param("من هو؟", id="who is he"),
        pytest.param("من هؤلاء الضباط المتورطون في الانقلاب الأخير؟", id="a pronoun with hamzas"),
        pytest.param("ما سببها في رأي المحللين الغربيين؟", id="a pronoun that is joined to a word"),
        pytest.param("متى؟", id="a single Arabic word"),
        pytest.param("طب وإمتى حصل الموضوع في كورسك؟", id="Egyptian, and"),
        pytest.param("وفين بالظبط وصلت الشحنة الأولى؟", id="Egyptian, where"),
        pytest.param("مين اللي عمل الهجوم والتفجير كده؟", id="Egyptian, like this"),
        pytest.param("كام واحد مات؟", id="Egyptian, how many"),
        pytest.param("فوقاش وقع هادشي؟", id="Moroccan, this"),
        pytest.param("وشكون دار العملية ديال القصف؟", id="Moroccan, and who"),
        pytest.param("شحال ديال الناس ماتو؟", id="Moroccan, how many"),
        pytest.param("علاش؟", id="Moroccan, why"),
    ],
)
def test_what_follows_on_is_read_behind_the_question_before(question: str) -> None:
    assert read(BEFORE, question) == f"{BEFORE} {question}"


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("Who won the World Cup in Qatar?", id="names of its own"),
        pytest.param("how many people died in the earthquake in morocco?", id="a country in lower case"),
        pytest.param("Which city will host the next world exhibition?", id="words of its own"),
        pytest.param("When did Putin lose his temper?", id="a pronoun for what it names itself"),
        pytest.param("Who said that Putin would come?", id="a that which points at nothing"),
        pytest.param("Is it true that Iran sent drones?", id="an it which points at nothing"),
        pytest.param("What happened this week in Gaza?", id="this week"),
        pytest.param("Android phones in Egypt?", id="a word that begins like an and"),
        pytest.param("من فاز بكأس العالم في قطر؟", id="an Arabic name"),
        pytest.param("كم عدد ضحايا زلزال المغرب؟", id="an Arabic question"),
        pytest.param("ما هي عاصمة فرنسا؟", id="an Arabic what is"),
        pytest.param("من هو زيلينسكي؟", id="an Arabic who is"),
        pytest.param("ما هي الأسلحة التي أرسلتها كوريا الشمالية؟", id="an Arabic what are"),
        pytest.param("ماذا حدث هذا الأسبوع في غزة؟", id="an Arabic this week"),
        pytest.param("وافقت روسيا على تجديد اتفاقية الحبوب؟", id="a word that begins with the letter for and"),
        pytest.param("مين هو رئيس فرنسا؟", id="Egyptian, who is"),
        pytest.param("إيه اللي حصل السنة دي في السودان؟", id="Egyptian, this year"),
        pytest.param("شكون ربح كأس العالم فقطر؟", id="Moroccan"),
    ],
)
def test_a_new_topic_stands_alone(question: str) -> None:
    assert read(BEFORE, question) == question


@pytest.mark.parametrize("question", ["And when was that?", "ومتى؟", "it"])
def test_the_first_question_is_left_as_it_is(question: str) -> None:
    assert read(question) == question


def test_a_new_topic_ends_what_went_before() -> None:
    assert read(BEFORE, "When?", "Who won the World Cup in Qatar?", "And when?") == (
        "Who won the World Cup in Qatar? And when?"
    )


def test_a_chain_keeps_its_first_question_and_the_last_ones() -> None:
    followed = [f"And in {year}?" for year in range(2001, 2010)]
    chain = read(BEFORE, *followed)
    assert chain == f"{BEFORE} And in 2008? And in 2009?"
    assert chain.count("?") == MAX_CHAIN_QUESTIONS


def test_a_history_too_long_to_be_read_is_cut_from_its_beginning() -> None:
    long = f"Who sent {'shells ' * 100}to Russia?"
    longer = f"And {'why ' * 200}?"
    assert read(long, longer, "And when?") == f"{longer} And when?"
    assert len(read(long, "And when?", "Why?")) <= MAX_QUERY_CHARACTERS
    assert read("x" * MAX_QUERY_CHARACTERS, "And when?") == "And when?"
    assert read(*["Who sent shells to Russia?", "And when?"] * 5_000) == "Who sent shells to Russia? And when?"


def test_blank_questions_before_count_for_nothing() -> None:
    assert read("", BEFORE, " \n", "And when?") == f"{BEFORE} And when?"
    assert read(" ", "And when?") == "And when?"


def test_a_blank_question_does_not_ask_the_one_before_again() -> None:
    assert read(BEFORE, " \n").strip() == ""


def test_white_space_around_questions_is_left_out() -> None:
    assert read(f"  {BEFORE}\n", "\tAnd when? ") == f"{BEFORE} And when?"


QUAKE = "How many died in the Morocco earthquake?"
ARABIC_QUAKE = "كم عدد قتلى زلزال المغرب؟"


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    [
        pytest.param(QUAKE, "and Japan?", "How many died in the earthquake? and Japan?", id="an and"),
        pytest.param(
            QUAKE, "What about Japan then?", "How many died in the earthquake? What about Japan then?", id="about"
        ),
        pytest.param(QUAKE, "OK, and in Japan?", "How many died in the earthquake? OK, and in Japan?", id="ok, and"),
        pytest.param(ARABIC_QUAKE, "واليابان؟", "كم عدد قتلى زلزال؟ اليابان؟", id="an Arabic and"),
        pytest.param(ARABIC_QUAKE, "طيب واليابان؟", "كم عدد قتلى زلزال؟ طيب اليابان؟", id="Egyptian, well and"),
        pytest.param(ARABIC_QUAKE, "وفي اليابان؟", "كم عدد قتلى زلزال؟ وفي اليابان؟", id="an Arabic and in"),
        pytest.param(
            ARABIC_QUAKE, "وماذا عن اليابان؟", "كم عدد قتلى زلزال؟ وماذا عن اليابان؟", id="an Arabic what about"
        ),
        pytest.param(ARABIC_QUAKE, "and Japan?", "كم عدد قتلى زلزال؟ and Japan?", id="in another language"),
        pytest.param(BEFORE, "and Iran?", "What weapons did send to? and Iran?", id="all of the kind"),
        pytest.param("متى زار بوتين الصين؟", "واليابان؟", "متى زار بوتين؟ اليابان؟", id="a country for a country"),
        pytest.param("متى زار بوتين الصين؟", "وزيلينسكي؟", "متى زار الصين؟ زيلينسكي؟", id="a person for a person"),
        pytest.param(BEFORE, "and Putin?", f"{BEFORE} and Putin?", id="nothing of the kind"),
        pytest.param(BEFORE, "Iran?", "Iran?", id="a name alone is a question"),
        pytest.param(BEFORE, "What is NATO?", "What is NATO?", id="what is"),
        pytest.param(BEFORE, "How is Putin?", "How is Putin?", id="how is"),
        pytest.param(BEFORE, "And where is Iran?", f"{BEFORE} And where is Iran?", id="an and before another question"),
        pytest.param(BEFORE, "واشنطن؟", "واشنطن؟", id="a name that begins like an Arabic and"),
    ],
)
def test_a_name_alone_takes_the_place_of_one_of_its_kind(before: str, question: str, expected: str) -> None:
    assert read(before, question) == expected


def test_names_are_exchanged_one_after_the_other() -> None:
    assert read(ARABIC_QUAKE, "واليابان؟", "وتركيا؟", "ومتى كان ذلك؟") == "كم عدد قتلى زلزال؟ تركيا؟ ومتى كان ذلك؟"


@pytest.mark.parametrize(
    "thanks",
    [
        "thanks, that helps",
        "Thank you!",
        "ok",
        "No.",
        "شكرا",
        "شكرًا جزيلا لك",
        "تمام، شكراً",
        "جزاك الله خيرا، شكرا",
        "نعم",
    ],
)
def test_thanks_stand_alone_and_change_nothing(thanks: str) -> None:
    assert read(BEFORE, thanks) == thanks
    assert read(BEFORE, thanks, "And when was that?") == f"{BEFORE} And when was that?"


@pytest.mark.parametrize("question", ["ok, and when was that?", "Great, but why?", "شكرا، ومتى كان ذلك؟"])
def test_a_question_behind_thanks_follows_on(question: str) -> None:
    assert read(BEFORE, question) == f"{BEFORE} {question}"


# Each took most of a minute while the time grew with the square of the length.
@pytest.mark.parametrize("word", ["x ", "it ", "واليابان "])
def test_a_question_too_long_to_be_read_stands_alone(word: str) -> None:
    long = word * 130_000
    assert read("what?", long) == long
    assert read(BEFORE, long, "And when?") == f"{BEFORE} And when?"
