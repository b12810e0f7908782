"""
The values of parameters a second time: RFC 8259, read character by character, and the limits on top of it.

It shares no code with the product; only a number's value is left to `float` and `int`.
"""

import math
from typing import Any

DEPTH = 64
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class NoValueError(ValueError):
    """The text is no value of its type."""


def value_of(value_type: str, text: str) -> Any:
    if value_type == "string":
        return text
    if value_type == "boolean":
        if text == "true":
            return True
        if text == "false":
            return False
        raise NoValueError
    reader = Reader(text)
    if value_type == "number":
        number = reader.number()
        reader.end()
        return number
    reader.space()
    value = reader.value()
    reader.space()
    reader.end()
    if depth(value) > DEPTH:
        raise NoValueError
    return value


def depth(value: Any) -> int:
    """Return how many steps the innermost value is away."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return max((1 + depth(each) for each in inner), default=0)


class Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, allowed: str) -> str:
        character = self.peek()
        if character == "" or character not in allowed:
            raise NoValueError
        self.at += 1
        return character

    def end(self) -> None:
        if self.at != len(self.text):
            raise NoValueError

    def space(self) -> None:
        while self.peek() and self.peek() in " \t\n\r":
            self.at += 1

    def value(self) -> Any:
        match self.peek():
            case "{":
                return self.members()
            case "[":
                return self.elements()
            case '"':
                return self.string()
            case "t":
                return self.word("true", value=True)
            case "f":
                return self.word("false", value=False)
            case "n":
                return self.word("null", value=None)
        return self.number()

    def word(self, word: str, *, value: bool | None) -> bool | None:
        for character in word:
            self.take(character)
        return value

    def members(self) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self.take("{")
        self.space()
        if self.peek() == "}":
            self.take("}")
            return members
        while True:
            self.space()
            name = self.string()
            self.space()
            self.take(":")
            self.space()
            members[name] = self.value()
            self.space()
            if self.take(",}") == "}":
                return members

    def elements(self) -> list[Any]:
        elements: list[Any] = []
        self.take("[")
        self.space()
        if self.peek() == "]":
            self.take("]")
            return elements
        while True:
            self.space()
            elements.append(self.value())
            self.space()
            if self.take(",]") == "]":
                return elements

    def string(self) -> str:
        units: list[str] = []
        self.take('"')
        while self.peek() != '"':
            if self.peek() == "\\":
                units.append(self.escape())
            elif self.peek() < " ":
                raise NoValueError
            else:
                units.append(self.peek())
                self.at += 1
        self.take('"')
        try:
            return "".join(units).encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise NoValueError from None

    def escape(self) -> str:
        self.take("\\")
        escape = self.take('"\\/bfnrtu')
        if escape != "u":
            return ESCAPES[escape]
        return chr(int("".join(self.take("0123456789abcdefABCDEF") for _ in range(4)), 16))

    def number(self) -> int | float:
        start = self.at
        if self.peek() == "-":
            self.take("-")
        if self.take("0123456789") != "0":
            self.digits()
        whole = True
        if self.peek() == ".":
            self.take(".")
            self.take("0123456789")
            self.digits()
            whole = False
        if self.peek() in ("e", "E"):
            self.take("eE")
            if self.peek() in ("+", "-"):
                self.take("+-")
            self.take("0123456789")
            self.digits()
            whole = False
        text = self.text[start : self.at]
        if not math.isfinite(float(text)):
            raise NoValueError
        return int(text) if whole else float(text)

    def digits(self) -> None:
        while self.peek() and self.peek() in "0123456789":
            self.at += 1
