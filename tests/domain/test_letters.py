"""What mails say, and what strangers cannot make them say."""

import html

import pytest

from togglebox.mail.letters import TEMPLATES, plain_name, reset, welcome

LINK = "https://flags.example/password-reset/verify/abc?x=1&y=2"


def test_a_reset_leads_to_the_link_both_ways() -> None:
    letter = reset(name="Ada", link=LINK, minutes=60)

    assert letter.subject == "Reset your ToggleBox password"
    assert letter.text.startswith("Hello Ada,\n")
    assert f"\n{LINK}\n" in letter.text
    assert f'<a href="{html.escape(LINK)}">' in letter.html
    assert "within 60 minutes" in letter.text
    assert "within 60 minutes" in letter.html


def test_a_welcome_names_the_address_and_leads_to_the_login() -> None:
    letter = welcome(name=None, email="o'brien&co@example.com", link="https://flags.example/login")

    assert letter.text.startswith("Hello,\n")
    assert "o'brien&co@example.com" in letter.text
    assert "o&#x27;brien&amp;co@example.com" in letter.html
    assert "\nhttps://flags.example/login\n" in letter.text


def test_every_text_is_there_both_ways() -> None:
    assert sorted(file.name for file in TEMPLATES.iterdir()) == [
        "reset.html", "reset.txt", "welcome.html", "welcome.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["Ada", "Ada Lovelace", "Jürgen Groß", "J. R. R. Tolkien", "Mary-Jane O'Neil", "Ада", "愛子", "Dr. Who"]
)
def test_a_name_is_greeted(name: str) -> None:
    assert plain_name(name) == name
    assert f"Hello {name}," in reset(name=name, link=LINK, minutes=60).text


@pytest.mark.parametrize(
    "name",
    [
        None, "", " ", "Ada\r\nBcc: x@example.com", "Ada\n", "You won! Visit http://evil.example", "evil.example",
        "www.evil.example", "<b>Ada</b>", "eve@example.com", "Ada $link", "${link}", "12345", "A" * 61, "Ada\u2028Eve",
        "Send 1 bitcoin to unlock the account of yours", "Ada\x00", "\u202eadA", "one two three four five six seven",
    ],
)  # fmt: skip
def test_what_may_be_more_than_a_name_is_not_repeated(name: str | None) -> None:
    assert plain_name(name) == ""
    for letter in (reset(name=name, link=LINK, minutes=60), welcome(name=name, email="a@example.com", link=LINK)):
        assert letter.text.startswith("Hello,\n")
        assert "<p>Hello,</p>" in letter.html
