"""What the parameters of paths may look like."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from togglebox.edge.names import RULES, check_names
from togglebox.errors import Invalid

plain = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=100)


@given(platform=plain, environment=plain)
def test_platforms_and_environments_have_plain_names(platform: str, environment: str) -> None:
    check_names({"platform": platform, "environment": environment})


@given(letter=st.sampled_from(string.ascii_letters), rest=plain)
def test_keys_begin_with_a_letter(letter: str, rest: str) -> None:
    check_names({"parameterKey": letter + rest})


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize(
    "value",
    ["", " ", "a b", "a/b", "a.b", "..", "a\n", "\na", "a\0", "é", "\uff41", "a" * 257, "%41", "a:b", "#", "-.-"],
)
def test_no_parameter_takes_what_no_name_holds(name: str, value: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_names({name: value})

    (detail,) = refusal.value.details
    assert str(detail).startswith(f"{name}: must be ")


@given(st.dictionaries(st.sampled_from(sorted(RULES)), st.text(max_size=5)))
def test_each_wrong_name_is_told_once(path: dict[str, str]) -> None:
    wrong = [name for name, value in path.items() if not RULES[name][0].fullmatch(value)]

    if not wrong:
        check_names(path)
        return
    with pytest.raises(Invalid) as refusal:
        check_names(path)
    assert [str(detail).partition(":")[0] for detail in refusal.value.details] == wrong


@pytest.mark.parametrize("version", ["1", "0", "999999999999"])
def test_versions_are_digits(version: str) -> None:
    check_names({"version": version})


@pytest.mark.parametrize("version", ["-1", "1.0", "+1", "1e3", "²", "\u0661", "1000000000000", "v1"])
def test_nothing_else_is_a_version(version: str) -> None:
    with pytest.raises(Invalid):
        check_names({"version": version})


def test_parameters_without_a_rule_are_taken_as_they_come() -> None:
    check_names({"id": "any thing/at all"})
