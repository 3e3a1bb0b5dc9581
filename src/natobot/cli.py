"""The commands. Each imports what it needs when it runs, so that asking never waits for Slack or SQL."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from natobot import __version__
from natobot.errors import CheckFailed, InputError, NatobotError
from natobot.settings import Settings

if TYPE_CHECKING:
    from natobot.bot import Natobot
    from natobot.cite import Style
    from natobot.model import Answer

DONE, NO_ANSWER, BAD_INPUT, FAILED = 0, 1, 2, 3
_KINDS = ("sources", "passages", "quotations", "events", "figures", "terms", "cards")

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
already_json = click.option("--json", is_flag=True, expose_value=False, help="Print JSON, as it does anyway.")
log_json = click.option("--json", "as_json", is_flag=True, help="Write the log as JSON lines.")
no_cards = click.option("--no-cards", is_flag=True, help="Answer from retrieval and extraction alone.")


class _Group(click.Group):
    """Every error that a person can mend is one line, whatever command it comes from."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "natobot"
            click.echo(f"natobot: {error.format_message()} See `{where} --help`.", err=True)
            ctx.exit(BAD_INPUT)
        except CheckFailed as error:
            click.echo(f"natobot: {error}", err=True)
            ctx.exit(FAILED)
        except (InputError, NatobotError) as error:
            click.echo(f"natobot: {error}", err=True)
            ctx.exit(BAD_INPUT)
        except BrokenPipeError:
            # The reader has gone; there is nobody left to tell.
            sys.stderr.close()
            ctx.exit(DONE)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="natobot")
def main() -> None:
    """Ask documents and get back the sentence that answers, word for word, with its source."""


# Asking


@main.command()
@click.argument("text", nargs=-1)
@click.option("--jsonl", is_flag=True, help="Read JSON lines from standard input, write one answer a line.")
@click.option("--why", is_flag=True, help="Add how the answer was chosen.")
@as_json
@no_cards
def ask(text: tuple[str, ...], *, jsonl: bool, why: bool, as_json: bool, no_cards: bool) -> None:
    """Answer one question, or with --jsonl one a line."""
    from natobot import render

    if jsonl == bool(text):
        raise click.UsageError("give a question, or --jsonl and questions on standard input.")
    bot = _open(cards=not no_cards)
    if jsonl:
        sys.exit(_ask_lines(bot, why=why))
    answer = bot.reply(" ".join(text))
    if as_json:
        _print(render.record(answer, None, why=why))
    else:
        _show(answer, bot)
        if why and answer.receipt:
            _print(render.receipt(answer.receipt))
    sys.exit(DONE if answer.answered or (answer.intent != "ask" and not answer.missing and _is_talk(answer)) else NO_ANSWER)


def _is_talk(answer: "Answer") -> bool:
    from natobot.answer import SMALL_TALK

    return answer.intent in SMALL_TALK


def _ask_lines(bot: "Natobot", *, why: bool) -> int:
    from natobot import render
    from natobot.model import Thread

    code = DONE
    for line in _lines():
        try:
            item = json.loads(line)
            record_id, turns = _turns(item)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            code = BAD_INPUT
            _print({"id": None, "error": _bad_line(error)})
            continue
        answer = bot.reply(turns[-1], Thread(turns=tuple(turns[:-1])))
        _print(render.record(answer, record_id, why=why))
    return code


def _turns(item: Any) -> tuple[str, list[str]]:
    """The id and the turns of one line of ``ask --jsonl``."""
    if not isinstance(item, dict):
        raise TypeError("a line is an object with id and text or turns")
    record_id = item["id"]
    turns = [item["text"]] if "text" in item else item["turns"]
    if not isinstance(record_id, str):
        raise TypeError("id must be text")
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, str) for turn in turns):
        raise TypeError("text must be text, turns a list of texts with at least one")
    return record_id, turns


def _bad_line(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f'the key {error} is missing. A line is {{"id": …, "text": …}} or {{"id": …, "turns": […]}}.'
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg}, column {error.colno}). Write one JSON object a line."
    return f"{error}."


@main.command()
@as_json
@no_cards
def chat(*, as_json: bool, no_cards: bool) -> None:
    """Talk to the bot in the terminal; an empty line or Ctrl-D ends it."""
    from natobot import render
    from natobot.model import Thread

    bot = _open(cards=not no_cards)
    turns: list[str] = []
    if not as_json:
        click.echo(bot.wording["greeting"])
    while True:
        try:
            text = input("" if as_json else "> ").strip()
        except (EOFError, KeyboardInterrupt):
            click.echo(nl=not as_json)
            return
        if not text:
            return
        answer = bot.reply(text, Thread(turns=tuple(turns)))
        if as_json:
            _print(render.record(answer, None))
        else:
            _show(answer, bot)
        turns.append(text)


@main.command()
@click.argument("text", nargs=-1)
@click.option("--by", help="Who is said to have said it.")
@click.option("--jsonl", is_flag=True, help="Read JSON lines from standard input, write one verdict a line.")
@as_json
def verify(text: tuple[str, ...], *, by: str | None, jsonl: bool, as_json: bool) -> None:
    """Say whether a quotation stands in the sources as it is given; exits 1 if not word for word."""
    from natobot import render

    if jsonl == bool(text):
        raise click.UsageError("give a quotation, or --jsonl and quotations on standard input.")
    bot = _open()
    if jsonl:
        sys.exit(_verify_lines(bot))
    verdict = bot.verify(" ".join(text), by)
    if as_json:
        _print(render.verdict_record(verdict, None))
    else:
        for line in render.verdict_lines(verdict, bot.store.sources, bot.wording):
            click.echo(line)
    sys.exit(DONE if verdict.verdict == "exact" else NO_ANSWER)


def _verify_lines(bot: "Natobot") -> int:
    from natobot import render

    code = DONE
    for line in _lines():
        try:
            item = json.loads(line)
            record_id, turns = _turns(item)
            if item.get("by") is not None and not isinstance(item["by"], str):
                raise TypeError("by must be text")
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            code = BAD_INPUT
            _print({"id": None, "error": _bad_line(error)})
            continue
        _print(render.verdict_record(bot.verify(turns[-1], item.get("by")), record_id))
    return code


@main.command()
@click.argument("topic", nargs=-1, required=True)
@as_json
@no_cards
def compare(topic: tuple[str, ...], *, as_json: bool, no_cards: bool) -> None:
    """Set the sources side by side on a topic."""
    from natobot import render

    bot = _open(cards=not no_cards)
    found = bot.compare(" ".join(topic))
    if as_json:
        _print(render.comparison_record(found))
    else:
        for line in render.comparison_lines(found, bot.store.sources, bot.wording):
            click.echo(line)
    sys.exit(DONE if any(found.columns.values()) else NO_ANSWER)


# What there is


@main.command()
@as_json
def sources(*, as_json: bool) -> None:
    """List the documents."""
    from natobot import render

    bot = _open()
    for source in bot.store.sources.values():
        if as_json:
            _print(render.source(source))
            continue
        count = sum(1 for _ in bot.store.passages(source.id))
        click.echo(f"{source.id}: {render.authors(source)}, {', '.join(render.place(source, None, bot.wording))}")
        click.echo(f"  {count} passages · {source.file}")
        if source.viewpoint:
            click.echo(f"  {bot.wording['editor_note'].format(note=source.viewpoint)}")


@main.command()
@click.argument("passage_id", metavar="ID")
@click.option("--style", type=click.Choice(("text", "bibtex", "csl-json", "ris")), help="Print its citation alone.")
@as_json
def show(passage_id: str, *, style: "Style | None", as_json: bool) -> None:
    """Print one passage with the ones before and after, its citation and its place."""
    from natobot import render

    bot = _open()
    passage = bot.passage(passage_id)
    if style:
        click.echo(bot.cite(passage, style))
        return
    if as_json:
        _print(render.passage(passage))
        return
    before, after = (bot.store.passage(key) if key else None for key in (passage.previous, passage.next))
    if before:
        click.secho(f"  {before.text}", dim=True)
    click.secho(f"  {passage.text}", bold=True)
    if after:
        click.secho(f"  {after.text}", dim=True)
    click.echo(render.citation(bot.snippet(passage), bot.wording))
    source = bot.store.sources[passage.source]
    places = ", ".join(f"{s.start}–{s.end}" for s in passage.spans)
    click.echo(f"{passage.id} · {source.file}, characters {places}" + (f" · {passage.section}" if passage.section else ""))


@main.command()
@click.argument("kind", type=click.Choice(_KINDS))
@click.option("--format", "format_", type=click.Choice(("jsonl", "ics")), default="jsonl", help="Events also as a calendar.")
@already_json
def export(kind: str, format_: str) -> None:
    """Print everything of one kind as JSON lines, or events as a calendar."""
    if format_ == "ics":
        if kind != "events":
            raise click.UsageError("--format ics is for events.")
        sys.stdout.buffer.write(_open().calendar().encode("utf-8"))
        return
    bot = _open()
    for line in bot.export(kind):
        _print(line)


@main.command()
@click.option("--date", "date_", help="A date such as 2026-07-08; today by default.")
@click.option("--tz", default="UTC", show_default=True, help="The time zone that says what day it is.")
@click.option("--channel", default="", help="The channel whose post it is.")
@click.option("--year", type=int, help="Every day of a year instead.")
@as_json
def today(date_: str | None, *, tz: str, channel: str, year: int | None, as_json: bool) -> None:
    """What the sources say happened on a date."""
    from natobot import render

    bot = _open()
    for day in _days(date_, tz, year):
        found = bot.today(day, channel)
        if as_json:
            _print(render.today_record(found))
            continue
        click.secho(f"{found.date}  {render.today_header(found, bot.wording)}", bold=True)
        for item in found.items:
            if item.otherwise:
                click.secho(f"  {bot.wording['today_otherwise']}", dim=True)
            click.echo(f"  {item.snippet.text}")
            click.secho(f"  — {render.citation(item.snippet, bot.wording)}", dim=True)


def _days(date_: str | None, tz: str, year: int | None) -> Iterator[Any]:
    import datetime
    import zoneinfo

    if year is not None:
        if date_ is not None or not 1 <= year <= 9998:
            raise InputError("--year takes a year from 1 to 9998, and no --date beside it.")
        start = datetime.date(year, 1, 1)
        yield from (start + datetime.timedelta(days=n) for n in range((datetime.date(year + 1, 1, 1) - start).days))
        return
    try:
        zone = zoneinfo.ZoneInfo(tz)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(f"--tz: no time zone is called {tz!r}. Use a name such as Europe/Brussels.") from None
    try:
        yield datetime.date.fromisoformat(date_) if date_ else datetime.datetime.now(zone).date()
    except ValueError:
        raise InputError(f"--date: {date_!r} is not a date. Write it as 2026-07-08.") from None


# Keeping it true


@main.command()
@as_json
def build(*, as_json: bool) -> None:
    """Build the knowledge, or say that it is up to date."""
    bot = _open()
    if as_json:
        _print({"knowledge": bot.knowledge, "sources": len(bot.store.sources), "passages": bot.store.size})
    else:
        click.echo(f"knowledge {bot.knowledge}: {len(bot.store.sources)} sources, {bot.store.size} passages")


@main.command()
@as_json
def check(*, as_json: bool) -> None:
    """Prove that every passage is verbatim and every response valid; exits 3 if not."""
    from natobot.check import check as run
    from natobot.settings import checkout
    from natobot.slack import manifest

    report = run(Settings.load())
    if (fault := manifest.fault(checkout())) is not None:
        report = replace(report, faults=(*report.faults, fault))
    if as_json:
        _print(report.record())
    else:
        for line in report.lines():
            click.echo(line)
    if report.faults:
        raise CheckFailed(f"{len(report.faults)} faults found.")


# Slack


@main.command()
@click.option("--url", help="The address of the server, https://your.host; without it the manifest is for Socket Mode.")
@already_json
def manifest(url: str | None) -> None:
    """Print the app's manifest, to paste at https://api.slack.com/apps."""
    from natobot.slack import manifest as app

    click.echo(app.text(url), nl=False)


@main.command()
@as_json
def doctor(*, as_json: bool) -> None:
    """Check settings, documents, database and tokens; exits 3 if something is wrong."""
    from natobot.doctor import doctor as run

    checks = []
    for each in run():
        checks.append(each)
        if not as_json:
            click.echo(each.line())
    failed = sum(each.status == "failed" for each in checks)
    if as_json:
        _print({"ok": not failed, "checks": [each.record() for each in checks]})
    if failed:
        raise CheckFailed(f"{failed} of {len(checks)} checks failed.")


@main.command()
@log_json
def serve(*, as_json: bool) -> None:
    """Serve Slack over HTTP on $PORT."""
    from natobot import web

    _log(as_json=as_json)
    web.serve(Settings.load())


@main.command()
@log_json
def socket(*, as_json: bool) -> None:
    """Serve Slack over Socket Mode."""
    from natobot import socket as door

    _log(as_json=as_json)
    door.run(Settings.load())


@main.command()
@log_json
def clock(*, as_json: bool) -> None:
    """Post the daily messages when they are due, for as long as it runs."""
    from natobot import daily as door

    _log(as_json=as_json)
    door.clock(Settings.load())


@main.command()
@click.option("--date", "date_", help="Post this date's message wherever it was not posted.")
@as_json
def daily(date_: str | None, *, as_json: bool) -> None:
    """Post what is due now and exit (for cron)."""
    from natobot import daily as door

    results = door.daily(Settings.load(), next(_days(date_, "UTC", None)) if date_ else None)
    for posted in results:
        if as_json:
            _print(posted.record())
        else:
            click.echo(posted.line())
    if not results and not as_json:
        click.echo("nothing is due")


@main.command()
@as_json
def migrate(*, as_json: bool) -> None:
    """Bring the state database to this version's schema."""
    from natobot import database

    migrated = database.upgrade(Settings.load().state_url)
    if as_json:
        _print({"revision": database.SCHEMA, "migrated": migrated})
    else:
        click.echo(f"the state database {'is now' if migrated else 'was'} up to date (revision {database.SCHEMA})")


@main.command()
@click.option("--date", "date_", default="2026-07-08", show_default=True, help="The date of the daily post.")
@as_json
def demo(date_: str, *, as_json: bool) -> None:
    """The tour: the real app against a local Slack, on this machine alone."""
    from natobot.demo import demo as run

    for step in run(next(_days(date_, "UTC", None)), quiet=as_json):
        if as_json:
            _print(step.record())


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Its port; any free one by default.")
@click.option("--host", default="127.0.0.1", help="127.0.0.1 and no other: whoever reaches it can speak as anybody.")
@click.option("--socket", "by_socket", is_flag=True, help="Talk to the app over Socket Mode in place of HTTP.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@as_json
def playground(*, port: int, host: str, by_socket: bool, no_browser: bool, as_json: bool) -> None:
    """The local Slack in a browser: try everything, with no account."""
    from natobot import play

    def started(address: str) -> None:
        if as_json:
            _print({"url": address, "transport": "socket" if by_socket else "http"})
        else:
            click.echo(f"The local Slack is at {address} (Ctrl-C ends it).")
        if not no_browser and play.has_display():
            click.launch(address)

    _log(as_json=as_json)
    play.play(Settings.load(), host=host, port=port, transport="socket" if by_socket else "http", started=started)


# Help for the commands above


def _open(*, cards: bool = True) -> "Natobot":
    from natobot.bot import Natobot

    bot = Natobot.open(Settings.load(), cards=cards)
    if bot.warning:
        click.echo(f"natobot: {bot.warning}", err=True)
    return bot


def _log(*, as_json: bool) -> None:
    from natobot.slack import logs

    if as_json:
        logs.configure(Settings.load(), as_json=True)


def _show(answer: "Answer", bot: "Natobot") -> None:
    from natobot import render

    for key, values in answer.say:
        click.echo(bot.wording[key].format(**values))
    for snippet in answer.snippets:
        click.echo()
        click.echo("  " + _emphasised(snippet))
        click.secho(f"  — {render.citation(snippet, bot.wording)}", dim=True)
        click.secho(f"    {snippet.passage.id}", dim=True)
    passages = [s for s in answer.suggestions if s.passage]
    if passages and not answer.snippets:
        click.echo(bot.wording["nearest"])
        for suggestion in passages:
            click.secho(f"  {suggestion.text}", dim=True)
            click.secho(f"    {suggestion.passage}", dim=True)


def _emphasised(snippet: Any) -> str:
    parts, at = [], 0
    for mark in snippet.highlights:
        parts += [snippet.text[at : mark.start], click.style(snippet.text[mark.start : mark.end], bold=True)]
        at = mark.end
    return "".join([*parts, snippet.text[at:]])


def _lines() -> Iterator[str]:
    """Lines of standard input that are not blank; bytes that are not UTF-8 make a line bad, not the run."""
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", "replace").strip()
        if line:
            yield line


def _print(record: Any) -> None:
    line = json.dumps(record, ensure_ascii=False)
    try:
        click.echo(line)
    except UnicodeEncodeError:
        # A lone surrogate cannot be printed; JSON's own escapes can.
        click.echo(json.dumps(record))
