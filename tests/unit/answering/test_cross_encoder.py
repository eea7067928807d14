from collections.abc import Callable
from pathlib import Path

import pytest
from sentence_transformers import CrossEncoder

from dalil.answering.cross_encoder import CrossEncoderReader
from dalil.bootstrap import build_engine
from dalil.domain import Article
from dalil.embedding.compilation import SAMPLE
from dalil.errors import ModelUnavailable
from dalil.settings import AnsweringSettings, Settings, StoreSettings
from tests.tiny_models import save_tiny_model, save_tiny_reranker, tiny_bert
from tests.without import run_without_torch

pytestmark = pytest.mark.model

QUESTION = SAMPLE[1]
SENTENCES = SAMPLE[2:6]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_reranker(tmp_path_factory.mktemp("readers") / "tiny")


def test_the_probability_is_the_logistic_function_of_the_models_output(tiny: Path) -> None:
    # The library's own activation for one output is the logistic function.
    expected = CrossEncoder(str(tiny), device="cpu").predict([(QUESTION, text) for text in SENTENCES])
    read = CrossEncoderReader(tiny, device="cpu").read(QUESTION, SENTENCES)
    assert read == pytest.approx(expected.tolist(), abs=1e-6)
    assert len({round(value, 3) for value in read}) == len(SENTENCES)
    assert CrossEncoderReader(tiny, device="cpu").read(QUESTION, []) == []


def test_a_setting_lets_a_reranker_order_the_evidence(tiny: Path, tmp_path: Path, cache_folder: Path) -> None:
    settings = Settings(
        store=StoreSettings(path=tmp_path / "index"),
        answering=AnsweringSettings(reader=str(tiny), threshold=0.0),
        cache_folder=cache_folder,
    )
    with build_engine(settings) as engine:
        engine.index(Article("deal", "", "\n".join(SENTENCES)))
        answer = engine.answer(QUESTION, explain=True)
    probabilities = dict(zip(SENTENCES, CrossEncoderReader(tiny).read(QUESTION, SENTENCES), strict=True))
    best_first = sorted(SENTENCES, key=lambda sentence: -probabilities[sentence])
    assert answer.explanation
    assert answer.explanation.reader
    assert answer.explanation.reader.startswith("tiny@")
    assert [item.text for item in answer.explanation.evidence] == best_first
    assert answer.sentences[0].text == best_first[0]
    assert answer.confidence <= probabilities[best_first[0]] + 1e-6


def embedding_model(folder: Path) -> Path:
    return save_tiny_model(folder, tiny_bert())


def classifier(folder: Path) -> Path:
    return save_tiny_reranker(folder / "three", outputs=3)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(embedding_model, id="an embedding model"),
        pytest.param(classifier, id="a classifier"),
        pytest.param(Path, id="an empty folder"),
        pytest.param(lambda _folder: "no such/re/ranker", id="a name that is none"),
    ],
)
def test_a_model_that_is_no_reranker_is_refused_with_the_way_out(
    make: Callable[[Path], Path | str], tmp_path: Path
) -> None:
    with pytest.raises(ModelUnavailable, match="set DALIL_ANSWERING__READER to the name or folder of a reranker"):
        CrossEncoderReader(make(tmp_path))


def test_without_its_libraries_the_reader_names_the_command_that_installs_them(tmp_path: Path) -> None:
    program = """
from dalil.bootstrap import build_reader
from dalil.errors import Misconfigured
from dalil.settings import AnsweringSettings, Settings
try:
    build_reader(Settings(answering=AnsweringSettings(reader=sys.argv[1])))
except Misconfigured as error:
    print(error)
"""
    message = run_without_torch(program, str(tmp_path))
    assert message.startswith(
        "the library 'sentence_transformers' is not installed: run `pip install \"dalil[torch]\"`"
    )
