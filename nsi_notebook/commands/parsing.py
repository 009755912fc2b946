"""From a line to a call: one argparse tree, grown from the table, that parses and helps."""

from __future__ import annotations

import argparse
import re
import shlex
import tomllib
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ..errors import OptionError, UnknownNameError
from .arguments import NUMBER, Argument
from .table import VERBS, Verb, find_verb

WIDTH = 100
PLACEHOLDERS = {"output": "FILE", "store": "STORE", "time": "TIME", "duration": "DURATION"}  # by the role of an argument
PAIR = re.compile(r"[\w.-]+=")  # how a word begins that is key=value
BEHIND = "\0"  # marks the words behind `--`: no option begins with it


@dataclass(frozen=True)
class Call:
    """A verb and the values that were given for its arguments, by Python name."""

    verb: Verb
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Help:
    """Help was asked for: its text."""

    text: str


class _Parser(argparse.ArgumentParser):
    """An argparse parser that raises and does not exit, and knows numbers as Python writes them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._negative_number_matcher = NUMBER

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{self.prog}: {message}", f"{self.prog} --help")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        raise OptionError(message or f"{self.prog}: stopped with {status}")


def split(line: str) -> list[str]:
    r"""Split a line into words; quotes join, a backslash is a letter like any other.

    >>> split(r"open 'my image.tif' --unit um")
    ['open', 'my image.tif', '--unit', 'um']

    Raises
    ------
    OptionError
        If a quotation is not closed.
    """
    words = shlex.shlex(line, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = words.escape = ""
    try:
        return list(words)
    except ValueError:
        raise OptionError(f"a quotation is not closed: {line.strip()}", "close it, or leave the quote out") from None


def help_text(prog: str, verb: Verb | None = None) -> str:
    """Write the help of everything, or of one verb."""
    return (_tree(prog) if verb is None else _parser_of(verb, prog)).format_help()


def parse(words: list[str], prog: str = "nsi", body: str | None = None) -> Call | Help:
    """Read the words of a line, and the body under it.

    Parameters
    ----------
    words : list of str
        Verb, data and options.
    prog : str
        How the line begins, for messages: "nsi", "%nsi".
    body : str, optional
        TOML: `key = value`, one a line. A verb that takes pairs (`report`) takes the whole body as those, one that takes text in
        another language (`sql`) as that.

    Raises
    ------
    OptionError, UnknownNameError
        If the words do not make a call.
    """
    if not words or words[0] in ("-h", "--help"):
        return Help(help_text(prog))
    if words[0].startswith("-"):
        raise OptionError(f"{prog}: a verb comes first, not {words[0]!r}", f"one of: {', '.join(VERBS)}")
    verb = find_verb(words[0])
    rest = words[1:]
    if {"-h", "--help"} & set(rest[: rest.index("--")] if "--" in rest else rest):
        return Help(help_text(prog, verb))
    under = _read_body(verb, body) if body and body.strip() else {}
    given = _read_words(verb, rest, prog, lenient=set(under))
    twice = [name for name in given if name in under and not verb_pairs(verb, name)]
    if twice:
        raise OptionError(f"{twice[0]} is given both on the line and in the body", "say it once")
    for name, value in under.items():
        given[name] = {**value, **given[name]} if name in given else value
    return Call(verb, given)


def verb_pairs(verb: Verb, name: str) -> bool:
    """Whether an argument of a verb is a mapping, so that line and body add up."""
    argument = verb.argument(name)
    return argument is not None and argument.mapping


def _read_words(verb: Verb, words: list[str], prog: str, lenient: set[str]) -> dict[str, Any]:
    parser = _parser_of(verb, prog, lenient)
    words = _repeated(verb, words)
    if "--" in words:  # argparse of Python 3.11 forgets it between its two passes
        at = words.index("--")
        words = [*words[:at], f"--{BEHIND}", *(BEHIND + word for word in words[at + 1 :])]
        parser.add_argument(f"--{BEHIND}", action="store_true", help=argparse.SUPPRESS)  # ends the list of an option
    spaces, unknown = parser.parse_known_intermixed_args(words)
    for word in unknown:
        if word.startswith("-"):
            flags = [flag for a in verb.options for flag in (a.flag, a.role.short) if flag]
            flag = word.partition("=")[0]
            error = UnknownNameError.among(f"option of {verb.name}", flag, [*flags, "--help"])
            begun = [known for known in flags if known.startswith(flag)]
            kept = verb.of_role("store")  # --store of most verbs, --on of those that work on one
            pair = words[words.index(word) + 1 :][:1] if flag == "--set" else []
            named = [a.flag for a in verb.options if pair and a.name == pair[0].partition("=")[0].replace("-", "_")]
            begun = named or begun
            begun = [kept.flag] if kept is not None and flag in ("--store", "--on") else begun
            raise error if len(begun) != 1 else UnknownNameError(error.message, f"did you mean '{begun[0]}'?")
        bare = word.removeprefix(BEHIND)
        raise OptionError(f"{parser.prog}: nothing takes {bare!r}", _where(verb, bare, prog) or f"{parser.prog} --help")
    values: dict[str, Any] = {}
    for argument in verb.arguments:
        text = getattr(spaces, argument.name, None)
        if text is not None and text != []:
            if argument.positional:
                text = [t.removeprefix(BEHIND) for t in text] if isinstance(text, list) else text.removeprefix(BEHIND)
            values[argument.name] = True if argument.switch else argument.from_text(text)
    return values


def _repeated(verb: Verb, words: list[str]) -> list[str]:
    """Say the flag of a mapping again before each further pair: argparse would take the words behind the pairs as well."""
    found: list[str] = []
    flag: str | None = None
    for at, word in enumerate(words):
        if word == "--":
            return [*found, *words[at:]]
        begun = word.partition("=")[0]
        option = verb.by_flag(begun) if begun.startswith("-") else None
        if option is not None:
            flag = begun if option.mapping else None
        elif flag is not None and PAIR.match(word):
            found += [] if found[-1] == flag else [flag]
        else:
            flag = None
        found.append(word)
    return found


def _where(verb: Verb, word: str, prog: str) -> str | None:
    """Say how a word could be meant that nothing takes."""
    if verb.of_role("text") is not None:
        cell = f", or in the cell under %{prog} {verb.name}" if prog.startswith("%") else ""
        return f'one text, in quotes: {prog} {verb.name} "..."{cell}'
    if any(a.name == "columns" for a in verb.options):
        return f"if they are columns, each a sample: {prog} {verb.name} TABLE --columns A {word} --kind paired"
    flag = next((a.role.short or a.flag for a in verb.options if a.mapping), None)
    return f"{flag} {word}" if flag is not None and PAIR.match(word) else None


def _read_body(verb: Verb, body: str) -> dict[str, Any]:
    text = verb.of_role("text")
    if text is not None:
        return {text.name: body.strip()}
    try:
        table = tomllib.loads(body)
    except tomllib.TOMLDecodeError as error:
        raise OptionError(f"the body is not `key = value` lines (TOML): {error}", 'text is quoted: method = "li"') from None
    pairs = verb.of_role("pairs")
    if pairs is not None:
        return {pairs.name: table}
    rest = next((a for a in verb.options if a.rest), None)
    values: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        argument = verb.argument(name)
        if argument is not None and not argument.rest:
            values[name] = argument.from_value(value)
        elif rest is not None:
            values.setdefault(rest.name, {})[name] = value
        else:
            raise UnknownNameError.among(f"option of {verb.name}", key, [a.name for a in verb.arguments])
    return values


def _tree(prog: str) -> _Parser:
    tree = _Parser(
        prog=prog,
        description="Measure the empty part of images: voids, pores, gaps, background.",
        epilog=f"{prog} VERB --help says more about one of them.",
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=WIDTH, max_help_position=18),
    )
    if prog.startswith("%"):
        tree.add_argument("--last-error", action="store_true", help="show the traceback behind the last one-line error")
    else:
        tree.add_argument("--version", action="store_true", help="show the version and stop")
    verbs = tree.add_subparsers(title="verbs", metavar="VERB", prog=prog)
    for verb in VERBS.values():
        _fill(verbs.add_parser(verb.name, help=_escaped(verb.summary), **_kept(verb)), verb, set())
    return tree


def _parser_of(verb: Verb, prog: str, lenient: set[str] | None = None) -> _Parser:
    parser = _Parser(prog=f"{prog} {verb.name}", **_kept(verb))
    _fill(parser, verb, lenient or set())
    return parser


def _kept(verb: Verb) -> dict[str, Any]:
    return {
        "description": f"{verb.summary}\n\n{verb.text}".strip(),  # of which argparse formats nothing, as it does of helps
        "allow_abbrev": False,
        "add_help": False,
        "formatter_class": lambda prog: argparse.RawDescriptionHelpFormatter(prog, width=WIDTH, max_help_position=28),
    }


def _fill(parser: argparse.ArgumentParser, verb: Verb, lenient: set[str]) -> None:
    parser.add_argument("-h", "--help", action="store_true", help="show this help and stop")
    for argument in verb.arguments:
        keywords: dict[str, Any] = {"help": _escaped(_help(argument)), "default": argparse.SUPPRESS}
        if argument.positional:
            optional = not argument.required or argument.name in lenient
            keywords["nargs"] = "*" if argument.many else "?" if optional else None
            parser.add_argument(argument.name, metavar=argument.name.upper(), **keywords)
            continue
        if argument.switch:
            keywords["action"] = "store_true"
        elif argument.mapping:
            keywords |= {"action": "append", "metavar": "KEY=VALUE"}
        else:
            keywords["metavar"] = "{" + ",".join(argument.choices) + "}" if argument.choices else _placeholder(argument)
            if argument.many:
                keywords |= {"nargs": "+", "action": "extend"}
        flags = [flag for flag in (argument.role.short, argument.flag) if flag]
        parser.add_argument(*flags, dest=argument.name, **keywords)


def _help(argument: Argument) -> str:
    if argument.required or argument.default in (None, False):
        return argument.help
    return f"{argument.help} (default: {argument.default})"


def _placeholder(argument: Argument) -> str:
    if argument.role.kind in PLACEHOLDERS:
        return PLACEHOLDERS[argument.role.kind]
    return "|".join({int: "N", float: "X", str: "NAME", bool: "true|false"}[kind] for kind in argument.types)


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
