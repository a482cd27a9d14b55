from deeptricks.practice.debugging.codes import finding
from deeptricks.practice.debugging.ranking import ranked


def order(*pairs):
    return [(item.code, item.because_of) for item in ranked([finding(c, v, "") for c, v in pairs])]


def test_the_likelier_comes_first():
    assert order(("loss.sign", 0.6), ("data.leakage", 0.9)) == [
        ("data.leakage", None),
        ("loss.sign", None),
    ]


def test_a_symptom_stands_behind_its_cause_and_names_it():
    assert order(("optimizer.lr_too_high", 0.95), ("data.not_normalized", 0.85)) == [
        ("data.not_normalized", None),
        ("optimizer.lr_too_high", "data.not_normalized"),
    ]


def test_a_doubtful_cause_does_not_displace_what_is_certain():
    assert order(("optimizer.lr_too_high", 0.95), ("data.not_normalized", 0.5))[0] == (
        "optimizer.lr_too_high",
        None,
    )


def test_a_code_is_said_once():
    assert order(("loss.sign", 0.6), ("loss.sign", 0.9)) == [("loss.sign", None)]
