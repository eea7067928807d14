from dalil.embedding.prompts import Prompts

E5 = Prompts("query: ", "passage: ")


def test_a_documents_prompt_goes_by_either_name() -> None:
    assert Prompts.of_model({"query": "query: ", "document": "", "passage": "passage: "}) == E5
    assert Prompts.of_model({"query": "query: ", "document": "passage: "}) == E5
    assert Prompts.of_model({}) == Prompts("", "")


def test_a_prompt_given_replaces_the_models_own_and_none_does_not() -> None:
    assert E5.replaced(None, None) == E5
    assert E5.replaced("", "d: ") == Prompts("", "d: ")
    assert (E5.before("query"), E5.before("document")) == ("query: ", "passage: ")


def test_only_another_document_prompt_makes_another_space() -> None:
    assert E5.replaced("ask: ", None).space("m", E5) == "m"
    assert E5.replaced(None, "d: ").space("m", E5).startswith("m+")
    assert E5.replaced(None, "d: ").space("m", E5) != E5.replaced(None, "e: ").space("m", E5)
