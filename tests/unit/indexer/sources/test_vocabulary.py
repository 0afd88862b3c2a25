from indexer.report import BodyRegion, Modality, Sex
from indexer.sources.vocabulary import Terms, fold, vocabulary


def test_folding_leaves_words_in_lower_case():
    assert fold("  L’Œdème—(gauche) ÇA_va ") == "l oedeme gauche ca va"


def test_the_longest_entry_is_taken_first():
    terms = Terms({"spine": ["rachis cervical"], "neck": ["cervical"]})
    assert list(terms.within("Rachis cervical, cervical ZQX")) == [("spine",), ("neck",), ()]


def test_an_entry_under_several_values_stands_for_all():
    assert Terms({1: ["tap"], 2: ["tap", "x"]}).exactly("tap x") == ()
    assert Terms({1: ["tap"], 2: ["tap", "x"]}).exactly("T.A.P.") == (1, 2)


def test_every_member_is_known_by_its_own_code():
    words = vocabulary()
    assert [words.modalities.exactly(member) for member in Modality] == [(member,) for member in Modality]
    assert [words.regions.exactly(member) for member in BodyRegion] == [(member,) for member in BodyRegion]
    assert [words.sexes.exactly(member) for member in Sex] == [(member,) for member in Sex]


def test_no_name_stands_for_two_modalities_or_sexes():
    words = vocabulary()
    for terms in (words.modalities, words.sexes, words.languages):
        assert [values for values in terms._values.values() if len(values) > 1] == []
