"""How people ask: many ways to put each kind of question, some of them kept apart for evaluation.

A template's slots are words in braces: {a} and {b} become regions (perhaps "the object <region1>"), {a_} a bare
<region1>, {regions} a list of regions, everything else a word or phrase. Every kind has training templates and held-
out ones; the two never share a line. Training has more of them than are written out: the *ways* of a kind, each put
into every lead-in that fits, so that a model learns what is asked from the words that matter and not from whole lines.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """The templates of one kind of question; the first `written` of `training` are written out, plainest first."""

    training: tuple[str, ...]
    held_out: tuple[str, ...]
    written: int


def wording(training: str, held_out: str, ways: str = "") -> Wording:
    """Make a `Wording` of texts with one template a line.

    A line of `ways` has a question, the same as a clause and as a noun, with {it} for the region asked about: "what
    colour is {it} | what colour {it} is | the colour of {it}"; a part may be empty. What is held out is left out.
    """
    written, kept = _lines(training), _lines(held_out)
    composed = [template for line in _lines(ways) for template in _composed(line) if template not in kept]
    return Wording(tuple(dict.fromkeys((*written, *composed))), kept, len(written))


# Lead-ins for a question, for one about "it" after its region was named, for a clause, and for a noun.
QUESTION = """
{}?
Well, {}?
So {}?
Then {}?
Quickly, {}?
One thing: {}?
In your eyes, {}?
"""
QUESTION_ABOUT_IT = """
Look at {a}. {}?
Consider {a_}: {}?
About {a}: {}?
{a}: {}?
{a} - {}?
Regarding {a_}, {}?
Now {a_}: {}?
Here is {a_}. {}?
I marked {a_}. {}?
As for {a_}, {}?
I see {a}. {}?
There is {a_}. {}?
Do you notice {a_}? {}?
"""
CLAUSE = """
Can you tell me {}?
I want to know {}.
Tell me {}.
I wonder {}.
Could you tell {}?
Let me know {}.
Find out {}.
Write down {}.
Can you see {}?
Decide {}.
Guess {}.
Can you work out {}?
Would you tell me {}?
Any idea {}?
State {}.
I cannot see {}.
"""
NOUN = """
What is {}?
Give {}.
Name {}.
{}?
{}, please.
I need {}.
Write {}.
Tell me {}.
State {}.
Can you give me {}?
Determine {}.
What do you think is {}?
May I have {}?
Report {}.
"""


def _composed(line: str) -> list[str]:
    question, clause, noun = ([part.strip() for part in line.split("|")] + ["", ""])[:3]
    plain = [(QUESTION, question), (CLAUSE, clause), (NOUN, noun)]
    found = [_put(lead, part.replace("{it}", "{a}")) for leads, part in plain if part for lead in _lines(leads)]
    if "{it}" in question:
        about = question.replace("{it}", "it")
        found += [_put(lead, about) for lead in _lines(QUESTION_ABOUT_IT)]
    return found


def _put(lead: str, words: str) -> str:
    """Put words into a lead-in, with a capital letter where a sentence begins."""
    before, after = lead.split("{}")
    begins = not before or before.endswith((". ", "? "))
    return before + (words[0].upper() + words[1:] if begins else words) + after


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines() if line.strip())
