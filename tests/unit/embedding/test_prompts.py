from dalil.embedding.prompts import Prompts

E5 = Prompts("query: ", "passage: ")


def test_a_documents_prompt_goes_by_either_name() -> None:
    assert Prompts.of_model({"query": "query: ", "document": "", "passage": "passage: "}) == E5
    assert Prompts.of_model({"query": "query: ", "document": "passage: "}) == E5
    assert Prompts.of_model({}) == Prompts("", "")


def test_a_prompt_given_replaces_the_models_own_and_none_does_not() -> None:
    assert E5.override(None, None) == E5
    assert E5.override("", "d: ") == Prompts("", "d: ")
    assert (E5.for_role("query"), E5.for_role("document")) == ("query: ", "passage: ")


def test_only_another_document_prompt_makes_another_space() -> None:
    assert E5.override("ask: ", None).space("m", E5) == "m"
    assert E5.override(None, "d: ").space("m", E5).startswith("m+")
    assert E5.override(None, "d: ").space("m", E5) != E5.override(None, "e: ").space("m", E5)
