"""The meaningful words of a sig, cut into tokens; an unknown word stops the reading."""

import re
from fractions import Fraction

_DAILY = r"(?:daily|(?:a|per|each|every|in a) day|/ ?d(?:ay)?\b|in 24 hours)"
_WEEKLY = r"(?:weekly|(?:a|per|each|every) week)"
_EVERY = r"(?:q ?{0} ?h(?:rs?|ours?)?|every {0} h(?:ou)?rs?)"
# How it is written, doses a day, and how the cards say it.
RHYTHMS = (
    (
        rf"(?:(?:once|1 times?|1 ?x|1 dose) )?{_DAILY}|qd|q day|od|{_EVERY.format(24)}",
        Fraction(1),
        "once a day",
    ),
    (rf"(?:twice|2 times|2 ?x) ?{_DAILY}|bid|bd|{_EVERY.format(12)}", Fraction(2), "twice a day"),
    (rf"(?:thrice|3 times|3 ?x) ?{_DAILY}|tid|tds|{_EVERY.format(8)}", Fraction(3), "3 times a day"),
    (rf"(?:4 times|4 ?x) ?{_DAILY}|qid|qds|{_EVERY.format(6)}", Fraction(4), "4 times a day"),
    (_EVERY.format(4), Fraction(6), "6 times a day"),
    (
        r"every (?:other|2nd|second) day|every 2 days|(?:on )?alternate days|qod|eod|" + _EVERY.format(48),
        Fraction(1, 2),
        "every other day",
    ),
    (rf"(?:(?:once|1 time|1 ?x) )?{_WEEKLY}|every 7 days|qwk", Fraction(1, 7), "once a week"),
    (rf"(?:twice|2 times|2 ?x) {_WEEKLY}", Fraction(2, 7), "twice a week"),
)
_PART = r"(?:(?:every|each|in the|at|on the) )?"
TIMES = (
    (rf"{_PART}morning|qam|q am|in the am|every am|(?:at|before|after|with) breakfast", "morning"),
    (rf"{_PART}(?:noon|afternoon|midday)|(?:at|before|after|with) lunch", "afternoon"),
    (rf"{_PART}evening|qpm|q pm|in the pm|every pm|(?:at|before|after|with) (?:dinner|supper)", "evening"),
    (rf"{_PART}(?:bedtime|bed time|night)|qhs|hs|nightly|before bed", "night"),
)
WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mon|tues?|wed|thurs?|fri|sat|sun)"
_NUM = r"(?:\d+ \d+/\d+|\d+/\d+|\d+\.\d+|\d+|\.\d+)"
_FORM = r"(?:tablets?(?:\(s\))?|tabs?(?:\(s\))?|capsules?(?:\(s\))?|caps?|pills?)"
_UNIT = (
    r"(?:mg/kg/day|mg/kg/d|mg/kg|mg/m[2²]/day|mg/m[2²]/d|mg/m[2²]|mg/day|mg/d|mg|mgs|milligrams?|"
    rf"grams?|gm|g|mcg|ug|µg|μg|micrograms?|ml/day|ml|millilit(?:er|re)s?|{_FORM})"
)
_FILLER = (
    r"(?:please|take|give|swallow|administer|by mouth|via the oral route|oral route|oral(?:ly)?|per os|po|iv|"
    r"intravenous(?:ly)?|with(?: or without)? (?:food|meals?|water|a meal|milk)|after (?:food|meals|a meal)|"
    r"with a glass of water|as directed|as prescribed|dose|dosage|the|whole|on an empty stomach|"
    r"daily dose|sig|adults?|film[- ]coated|scored|scheduled|qualifier value)"
)


def _pattern(kind: str, regex: str) -> tuple[str, re.Pattern[str]]:
    return kind, re.compile(rf"(?:{regex})(?![a-z0-9])")


_TOKENS = (
    _pattern("prn", r"as needed(?: for [a-z ]+)?|if needed|when required|prn(?: for [a-z ]+)?"),
    _pattern("range", rf"({_NUM}) ?(?:-|–|to|or) ?({_NUM}) ?({_UNIT})(?P<total> total| ?=)?"),
    _pattern("amount", rf"({_NUM}) ?-?({_UNIT})(?P<total> total| ?=)?"),
    _pattern("an_amount", rf"an? ({_FORM})"),
    _pattern("days_a_week", r"(?:on )?(\d) days? (?:a|per|each|/) ?week"),
    _pattern("days", rf"(?:on |every )?({WEEKDAY}(?:(?:,? and |, ?|/| |-| through | thru | to ){WEEKDAY})*)"),
    _pattern("duration", r"(?:for|x) (?:the next )?\d+(?:\.\d+)? ?(?:days?|weeks?|wks?|months?|mos?|years?)"),
    _pattern(
        "divided_n", r"(?:divided )?in(?:to)? (?P<n>\d+) (?:equal(?:ly)? )?(?:divided )?(?:doses|portions)"
    ),
    _pattern("divided_n", r"as (?P<n>\d+) divided doses"),
    _pattern("divided", r"(?:in )?divided(?: doses)?|div"),
    *(_pattern(f"rhythm{i}", regex) for i, (regex, _, _) in enumerate(RHYTHMS)),
    *(_pattern(f"time_{name}", regex) for regex, name in TIMES),
    _pattern("form", _FORM),
    _pattern("each", r"each|apiece|strength"),
    _pattern("of", r"of"),
    _pattern("and", r"and|plus|&"),
    _pattern("filler", _FILLER),
    _pattern("once", r"once"),
    _pattern("multiply", r"x"),
    _pattern("number", _NUM),
    ("multiply", re.compile(r"[x×](?= ?\d)")),
    ("and", re.compile(r"\+")),
    ("mark", re.compile(r"[ ,;:.()\[\]=/-]+")),
)
_WORD = re.compile(r"[a-z][a-z-]*")
_TAIL = re.compile(
    r"(?<![,;. ])[,;. ]*+(?:# ?\d|\b(?:disp|dispense|qty|quantity|refills?)\b|"
    r"\b\d+ (?:(?:tab|cap)\w*, ?\d+ )?refill).*$"
)
# The words after "for" are why the drug is taken, unless they could change how much.
_PURPOSE = re.compile(r"[, ]+for (?P<why>(?!(?:the )?(?:first|next|\d))[a-z' -]+)\.?$")
_CHANGING = re.compile(
    r"\b(?:then|alternat\w*|increas\w*|decreas\w*|reduc\w*|taper\w*|titrat\w*|except|skip|hold|stop|unless|"
    r"until|if|max\w*|exceed|up to|total|start\w*|chang\w*|days?|weeks?|months?|tablets?|daily|twice|mg)\b"
)
_NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "twelve": "12",
}  # fmt: skip


Token = tuple[str, re.Match[str]]


def plain_sig(text: str) -> str:
    """The text in one spelling: lower case, digits for number words, single spaces."""
    plain = text.casefold().replace("\u200b", "")
    for sign, digits in (("½", " 1/2"), ("¼", " 1/4"), ("¾", " 3/4"), ("⁄", "/"), ("×", " x ")):
        plain = plain.replace(sign, digits)
    plain = re.sub(r"\b([a-z])\.([a-z])\.(?:([a-z])\.)?", r"\1\2\3", plain)
    plain = re.sub(r"[a-z]+", lambda word: _NUMBER_WORDS.get(word[0], word[0]), plain)
    plain = re.sub(r"\b(\d+) \(\1\)", r"\1", plain)  # Epic: "2 (two) times daily"
    plain = re.sub(r"\b(\d+) and (?:a |1 )half\b|\b(\d+) and 1/2", r"\1\2 1/2", plain)
    plain = re.sub(r"\b(?:1[ -])?half(?:[ -](?:an? |of an? )?| of 1 )(?=tab|cap|pill)", "1/2 ", plain)
    plain = re.sub(r"1/2 (?:an? |of an? )(?=tab|cap|pill)", "1/2 ", plain)
    plain = " ".join(plain.split())
    plain = _TAIL.sub("", plain)
    return _without_purpose(plain)


def _without_purpose(text: str) -> str:
    """The text without its "for Crohn's disease"."""
    purpose = _PURPOSE.search(text)
    if purpose is None or _CHANGING.search(purpose["why"]):
        return text
    return text[: purpose.start()]


def tokens_of(text: str, names: frozenset[str]) -> list[Token] | None:
    """The text cut into meaningful tokens; None as soon as a word is unknown."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _token_at(text, at)
        if token is None:
            word = _WORD.match(text, at)
            if word is None or word[0] not in names:
                return None
            at = word.end()
            continue
        if token[0] not in ("mark", "filler", "duration"):
            found.append(token)
        at = token[1].end()
    return found


def _token_at(text: str, at: int) -> Token | None:
    """The longest token that starts here, of several the first kind."""
    longest, end = None, -1
    for kind, regex in _TOKENS:
        match = regex.match(text, at)
        if match is not None and match.end() > end:
            longest, end = (kind, match), match.end()
    return longest
