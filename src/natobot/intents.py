"""``responses/*.yaml`` in, what a question may want out: intents with their phrasings, aliases, names, and our own wording."""

import re
import string
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from natobot.errors import FileError
from natobot.fold import fold
from natobot.yamlfile import Entry, load

# What code can do; intents.yaml says how people ask for it.
ACTIONS = (
    "ask",
    "define",
    "who_said",
    "when",
    "figure",
    "verify",
    "compare",
    "sources",
    "help",
    "about",
    "greeting",
    "thanks",
    "goodbye",
    "decline",
)
# Every sentence that code says, with the values it fills in.
SENTENCES: dict[str, frozenset[str]] = {
    key: frozenset(values.split())
    for key, values in {
        **dict.fromkeys("greeting thanks goodbye help about sources decline".split(), ""),
        **dict.fromkeys("refuse refuse_empty nearest both undated today_nothing today_another today_otherwise".split(), ""),
        **dict.fromkeys("refuse_missing refuse_apart".split(), "names"),
        **dict.fromkeys("by_author by_quoted_unnamed by_reported filtered silent".split(), "author"),
        **dict.fromkeys("by_quoted by_reported_named by_publisher".split(), "speaker author"),
        **dict.fromkeys("paragraph page".split(), "number"),
        **dict.fromkeys("today_day today_leap today_publication today_month today_anniversary".split(), "date years"),
        "today_quotation": "date",
        **dict.fromkeys("paused_not_in_channel paused_gone".split(), "channel"),
        "paused_other": "channel error",
        **dict.fromkeys((f"verdict_{v}" for v in "exact typography abridged misattributed altered not_found".split()), ""),
        **dict.fromkeys(
            (
                f"warning_{w}"
                for w in """left_out_negation left_out_attribution left_out_hedge changed_negation changed_number joined far
                empty_gap reported punctuation quotation_marks case""".split()
            ),
            "words",
        ),
        # Slack: buttons, windows, the Home tab.
        **dict.fromkeys(
            (
                f"{kind}_{button}"
                for kind in ("button", "label")
                for button in """context more cite share why helpful not_helpful tell another later settings end
                further""".split()
            ),
            "",
        ),
        **dict.fromkeys(
            (f"title_{w}" for w in "context more cite why reason verify sources notice timeline settings".split()), ""
        ),
        **dict.fromkeys("button_gone window_close window_send window_failed more_none reason_label reason_hint".split(), ""),
        **dict.fromkeys((f"context_{part}" for part in "before passage after link".split()), ""),
        **dict.fromkeys((f"cite_{style}" for style in "text bibtex csl_json ris".split()), ""),
        **dict.fromkeys((f"why_{w}" for w in "clear both missing apart below intent changed alone".split()), ""),
        **dict.fromkeys("thanks_helpful thanks_not_helpful tell_thanks tell_off already_shared share_uncertain".split(), ""),
        **dict.fromkeys((f"home_{w}" for w in "title what examples documents help stored unanswered not_helpful".split()), ""),
        **dict.fromkeys("busy busy_written told_restricted told_uncertain".split(), ""),
        **dict.fromkeys("home_nothing home_question_not_kept prompts_title privacy".split(), ""),
        **dict.fromkeys((f"example_{w}" for w in "1 2 3 4 verify compare define quote timeline subscribe".split()), ""),
        **dict.fromkeys("button_near label_near".split(), "number"),
        **dict.fromkeys("label_example home_answer why_read".split(), "question"),
        **dict.fromkeys("context_id unknown_passage".split(), "id"),
        **dict.fromkeys("forget_done home_more_documents".split(), "count"),
        # The daily post and who wants it.
        **dict.fromkeys((f"{part}_all" for part in "days topics sources".split()), ""),
        **dict.fromkeys((f"weekday_{number}" for number in range(1, 8)), ""),
        **dict.fromkeys((f"changed_{w}" for w in "time zone days topics sources quiet".split()), "before after"),
        **dict.fromkeys((f"history_{w}" for w in "accepted uncertain missed refused never_sent posting quiet".split()), "date"),
        **dict.fromkeys((f"wish_{w}" for w in "unknown unknown_near time short offset second".split()), "words near"),
        **dict.fromkeys("subscribed resubscribed unsubscribed".split(), "person"),
        **dict.fromkeys("subscribed_same saved".split(), "schedule"),
        **dict.fromkeys("days_work schedule_quiet quiet_yes quiet_no due_never resumed window_save".split(), ""),
        **dict.fromkeys((f"subscribe_{w}" for w in "uncertain invite barren not_yours".split()), ""),
        **dict.fromkeys("subscribed_how subscribed_utc wish_nothing_done wish_example".split(), ""),
        **dict.fromkeys("ended ended_untold end_sure end_yes end_no".split(), ""),
        **dict.fromkeys((f"settings_{w}" for w in "time zone zone_hint weekdays topics sources quiet choose".split()), ""),
        **dict.fromkeys("settings_quiet_option settings_history settings_no_history".split(), ""),
        **dict.fromkeys((f"settings_error_{w}" for w in "time zone weekdays".split()), ""),
        **dict.fromkeys("home_subscriptions home_subscriptions_none home_direct".split(), ""),
        **dict.fromkeys("timeline_lead timeline_nothing".split(), "topic"),
        **dict.fromkeys("timeline_further subscribed_few".split(), "count"),
        "schedule": "days time zone topics sources",
        "days_some": "days",
        "listed": "names last",
        "listed_more": "names count",
        "due": "date time zone",
        "paused": "why",
        "subscribe_refused": "error remedy",
        "subscribe_none": "example",
        # Installing by OAuth: the pages, and what is said where the app is not installed.
        **dict.fromkeys(
            "install_title install_what install_button install_note install_stored install_again page_language".split(), ""
        ),
        **dict.fromkeys("installed_title installed_org installed_open installed_choose not_installed".split(), ""),
        **dict.fromkeys("cancelled_title cancelled_what failed_title failed_state failed_code".split(), ""),
        **dict.fromkeys("failed_settings failed_refused failed_slack".split(), "error"),
        "installed_what": "workspace",
        "failed_here": "reference",
        "why_score": "number score threshold where",
        "why_knowledge": "knowledge",
        "checked_words": "words",
        "shared_by": "person question",
        "share_failed": "error remedy",
        **dict.fromkeys("told_not_in_channel told_closed".split(), "channel"),
        "told_other": "error",
        "usage": "command example",
        "home_document": "document count",
        "home_reason": "reason",
        "home_question": "date question",
        "verdict_speaker": "speaker",
        "source": "title",
        "verdict_diff": "diff",
        "by_author_quoting": "author speakers",
        "clash": "about values",
        "repaired": "written read",
        "did_you_mean": "suggestion",
        "editor_note": "note",
        "error": "reference",
    }.items()
}
_SLOT = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One phrasing of an intent."""

    # Name of the intent.
    intent: str
    # The phrasing as written.
    phrase: str
    # The folded phrasing as a regular expression, its slots as named groups.
    regex: re.Pattern[str]
    # The name of its slot, or null.
    slot: str | None
    # The folded phrasing, for fuzzy matching; empty where there is a slot.
    folded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Other ways to say a name or a term of the field."""

    # The name as sources use it.
    name: str
    # Its other forms.
    aliases: tuple[str, ...]
    # What it may mean, where it has more than one meaning.
    meanings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Responses:
    """Everything in ``responses/`` but the cards."""

    # In the order of the file.
    patterns: tuple[Pattern, ...]
    # Intent to the key of ``wording.yaml`` it says, for small talk.
    says: dict[str, str]
    # In the order of the file.
    aliases: tuple[Alias, ...]
    # Folded names that people may ask about in lower case, whether or not a source speaks of them.
    names: frozenset[str]
    # Every sentence the bot itself says.
    wording: dict[str, str]


def responses(folder: Path) -> Responses:
    """Read and validate intents, aliases, names and wording.

    Raises:
        FileError: a missing file, a wrong key, an unknown intent or placeholder; one line with file, line and remedy.
    """
    wording = _wording(_open(folder / "wording.yaml"))
    patterns: list[Pattern] = []
    says: dict[str, str] = {}
    for intent, entry in _open(folder / "intents.yaml").mapping().items():
        if intent not in ACTIONS:
            raise entry.fail_key(f"no action is called {intent!r}", f"Known intents: {', '.join(ACTIONS)}.")
        record = entry.record(("phrases",), ("say",))
        if "say" in record:
            key = record["say"].text()
            if key not in wording:
                raise record["say"].fail(f"wording.yaml has no sentence {key!r}", "Add it there, or correct the key.")
            says[intent] = key
        patterns += [_pattern(intent, phrase) for phrase in record["phrases"].items()]
    return Responses(
        patterns=tuple(patterns),
        says=says,
        aliases=_aliases(folder / "aliases.yaml"),
        names=_names(folder / "names.yaml"),
        wording=wording,
    )


def _open(path: Path) -> Entry:
    if not path.is_file():
        raise FileError(path, None, "not found", "Restore it from the shipped responses/, or point NATOBOT_RESPONSES elsewhere.")
    return load(path)


def _pattern(intent: str, entry: Entry) -> Pattern:
    phrase = entry.text()
    slots = _SLOT.findall(phrase)
    if len(slots) > 1:
        raise entry.fail("a phrasing has at most one slot", "Split it into two phrasings.")
    if set("{}") & set(_SLOT.sub("", phrase)):
        raise entry.fail(f"{phrase!r} is no phrasing", "Write a slot as {term}: one lower-case word between braces.")
    parts = [re.escape(fold(part)) for part in _SLOT.split(phrase)[::2]]
    if not any(parts):
        raise entry.fail("a phrasing needs words", "Write some beside the slot, or remove the line.")
    if not slots:
        return Pattern(intent=intent, phrase=phrase, regex=re.compile(f"{parts[0]}$"), slot=None, folded=fold(phrase))
    before, after = (f"{parts[0]} " if parts[0] else ""), (f" {parts[1]}" if parts[1] else "")
    regex = re.compile(f"{before}(?P<{slots[0]}>.+?){after}$")
    return Pattern(intent=intent, phrase=phrase, regex=regex, slot=slots[0], folded="")


def _wording(entry: Entry) -> dict[str, str]:
    found = {key: _sentence(key, value) for key, value in entry.mapping().items()}
    for key in SENTENCES:
        if key not in found:
            near = get_close_matches(key, found.keys() - SENTENCES.keys(), n=1, cutoff=0.8)
            raise entry.fail(
                f"the sentence {key!r} is missing", f"Is it {near[0]!r}? Correct the key." if near else f"Add '{key}: …'."
            )
    return found


def _sentence(key: str, value: Entry) -> str:
    """A sentence of ours, whose braces hold nothing but the values that come with it."""
    text = value.text()
    try:
        fields = [(name, spec, conversion) for _, name, spec, conversion in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise value.fail(f"the braces do not match ({error})", "Write {name} for a value, {{ and }} for braces.") from error
    for name, spec, conversion in fields:
        # A sentence that only `say` knows is checked for plain names.
        allowed = SENTENCES.get(key, {name} if name.isidentifier() else frozenset())
        if name not in allowed or spec or conversion:
            values = ", ".join(f"{{{known}}}" for known in sorted(allowed)) or "none"
            raise value.fail(f"{key!r} has no value {{{name}}}", f"Its values: {values}. Write {{{{ and }}}} for braces.")
    return text


def _aliases(path: Path) -> tuple[Alias, ...]:
    if not path.is_file():
        return ()
    found = []
    entries = load(path).mapping()
    for name, entry in entries.items():
        if not entry.is_mapping:
            found.append(Alias(name=name, aliases=entry.texts(), meanings=()))
            continue
        record = entry.record(("aliases",), ("meanings",))
        meanings = list(record["meanings"].items()) if "meanings" in record else []
        for meaning in meanings:
            if meaning.text() not in entries:
                raise meaning.fail(f"{meaning.text()!r} is no name of this file", "Give it an entry, or correct the name.")
        found.append(Alias(name=name, aliases=record["aliases"].texts(), meanings=tuple(m.text() for m in meanings)))
    return tuple(found)


def _names(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    return frozenset(fold(name) for group in load(path).mapping().values() for name in group.texts())
