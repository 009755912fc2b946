"""`alarms`: rules over series, checked, tested, tried on history, exported; and those of the running engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from .annotations import Matchers, Output, Store, Time

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from ..analytics.processors.alarms import Rules
    from ..analytics.processors.alarms.backtest import Backtest
    from ..analytics.processors.alarms.prometheus import Exported
    from ..analytics.processors.alarms.testing import Report

OPTIONS = {
    "check": ("rules", "on"),
    "test": ("rules",),
    "backtest": ("rules", "on", "since", "until", "events", "true_from", "level", "output", "force"),
    "export": ("rules", "on", "output", "force"),
    "status": (),
    "failures": ("rules", "on"),
    "resend": ("rules", "on"),
    "silence": ("matchers", "until"),
}


def alarms(
    action: Literal["check", "test", "backtest", "export", "status", "silence", "failures", "resend"],
    rules: str | None = None,
    *,
    on: Store | None = None,
    since: Time | None = None,
    until: Time | None = None,
    events: str | None = None,
    true_from: Time | None = None,
    level: float | None = None,
    matchers: Matchers | None = None,
    output: Output | None = None,
    force: bool = False,
) -> pd.DataFrame | Backtest | Exported | Report:
    r"""Check, test, try on history or export a file of rules; look at the alarms of the running engine, or silence some.

    `check` reads rules, and with --on sees which series of a store they watch. `test` runs the tests of a file of tests.
    `backtest` says when rules would have fired on what a store has, and how many false alarms a week are to be expected. `export`
    writes them as Prometheus reads them, with --on those too that need the names of series, and fit for series that have samples
    rarely. `status` lists what is active in the running engine, `silence` has nobody told of some. `failures` lists what could
    not be delivered, by the running engine, or by those that worked on a folder before or with rules that name an outbox;
    `resend` sends it again: the running engine, or, with rules and what `failures` needs, this command.

    Parameters
    ----------
    action : {"check", "test", "backtest", "export", "status", "silence", "failures", "resend"}
        See above.
    rules : path, optional
        A TOML file of rules; of `test` that of the tests.
    on : variable or path, optional
        The store: a folder, or a variable that holds one; of `backtest` that of the running engine, if none is named.
    since : time, optional
        Of `backtest`: only from this time on, with its zone.
    until : time, optional
        Of `backtest`: only before this time, with its zone. Of `silence`: its end.
    events : path, optional
        Of `backtest`: a CSV file with the columns start, end and, if it is of one rule only, rule: what really happened. Firings
        meanwhile are right.
    true_from : time, optional
        Of `backtest`: from when on every firing is right.
    level : float, optional
        Of `backtest`: confidence level of the intervals, 0.95.
    matchers : key=value, optional
        Of `silence`: labels of the alerts, * for any letters: alarm=hot line=3*.
    output : path, optional
        Of `export` the .yml file; of `backtest` the firings as .csv or .json, or the figure as .html.

    Returns
    -------
    DataFrame, Report, Backtest or Exported
        The rules; what came of the tests; what would have happened; the rules as Prometheus reads them.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> file = Path(mkdtemp()) / "alarms.toml"
    >>> kept = file.write_text('[[rule]]\nname = "hot"\nseries = "oven.*"\nabove = 90\nexit = 80\nfor = "30s"\n')
    >>> alarms("check", str(file))["condition"].item()
    'above 90, until 80, for 30s'
    """
    from ..errors import OptionError

    given = {
        "rules": rules, "on": on, "since": since, "until": until, "events": events, "true_from": true_from, "level": level,
        "matchers": matchers, "output": output, "force": force or None,
    }  # fmt: skip
    for name, value in given.items():
        if value is not None and name not in OPTIONS[action]:
            flag = name if name == "rules" else "--" + name.replace("_", "-")
            raise OptionError(f"{flag} has no meaning for alarms {action}", f"leave {flag} out")
    if action == "status":
        return _status()
    if action == "silence":
        return _silenced(until, matchers)
    if action == "failures":
        return _failures(rules, on)
    if action == "resend":
        return _resent(rules, on)
    if rules is None:
        raise OptionError(f"alarms {action} needs a file", f"alarms {action} {'tests' if action == 'test' else 'alarms'}.toml")
    if action == "check":
        return _checked(rules, on)
    if action == "test":
        from ..analytics.processors.alarms.testing import run_tests

        return run_tests(rules)
    if action == "export":
        return _exported(rules, on, output, force)
    return _tried(
        rules,
        on,
        output,
        force,
        since=since,
        until=until,
        events=events,
        true_from=true_from,
        level=0.95 if level is None else level,
    )


def _checked(path: str, on: Any) -> pd.DataFrame:
    import pandas as pd

    from ..analytics.processors.alarms import Rules
    from ..analytics.processors.alarms.channels import unset
    from ..errors import warn
    from .running import stored

    rules, watched = Rules.read(path), None
    for variable in dict.fromkeys(name for table in rules.deliver for name in unset(table)):
        warn(f"{variable} is not set in the environment; an engine with these rules needs it", f"export {variable}=...")
    if on is not None:
        with stored(on, option="on") as db:
            watched = rules.check(db.series(), absent=True)
    rows = []
    for rule in rules.rules:
        row: dict[str, Any] = {"alarm": rule.name, "kind": rule.kind, "series": rule.series, "condition": rule.condition}
        if rules.deliver:
            told = rules.told_to(rule, () if watched is None else watched[rule.name])
            row["told"] = ", ".join(told) or "nobody"
            if not told:
                wanted = sorted({f"{key}={text}" for table in rules.deliver for key, text in table.get("match", {}).items()})
                said = f"nobody is told of the rule {rule.name!r}: no channel matches its labels"
                warn(f"{said}; channels want {', '.join(wanted)}", "labels = {...} of the rule, or a [[deliver]] without match")
        if watched is not None:
            mine = list(map(str, watched[rule.name]))
            row["watches"] = ", ".join(mine[:3]) + (f", and {len(mine) - 3} more" if len(mine) > 3 else "") or "none so far"
        rows.append(row)
    return pd.DataFrame(rows)


def _tried(path: str, on: Any, output: str | None, force: bool, **how: Any) -> Backtest:
    from ..analytics.processors.alarms.backtest import backtest
    from .running import stored
    from .writing import check_output, write

    target = check_output(output, (".csv", ".json", ".html"), force)
    with stored(on, option="on") as db:
        found = backtest(path, db, **how)
    if target is not None:
        write(found.plot() if target.suffix.lower() == ".html" else found.table(), target)
    return found


def _exported(path: str, on: Any, output: str | None, force: bool) -> Exported:
    from ..analytics.processors.alarms import Rules
    from ..analytics.processors.alarms.prometheus import steps_of, to_prometheus
    from ..errors import InputError, warn
    from ..voids.placing import replacing
    from .running import stored
    from .writing import check_output

    target, rules = check_output(output, (".yml", ".yaml"), force), Rules.read(path)
    series = steps = None
    if on is not None:
        with stored(on, option="on") as db:
            series = db.series()
            steps = steps_of(db, [each for each in series if any(rule.takes(each) for rule in rules.rules)])
    found = to_prometheus(rules, series=series, steps=steps)
    for name, why in found.left_out.items():
        warn(f"the rule {name!r} is left out: {why}", "it fires here only")
    for rule in rules.rules:
        try:
            if series is not None and rule.name not in found.left_out:
                Rules((rule,)).check(series, absent=True)
        except InputError as error:
            warn(f"{error.message}; it is exported as it is", error.hint or "alarms check says what each rule watches")
    if target is not None:
        with replacing(target) as fresh:
            fresh.write_text(found.text, encoding="utf-8")
    return found


def _status() -> pd.DataFrame:
    import pandas as pd

    from ..analytics.core.times import utc
    from ..errors import warn
    from .running import current

    failures = current().outbox.failures
    if failures:
        more = f", and {len(failures) - 1} more" if len(failures) > 1 else ""
        warn(
            f"{failures[-1].reason}: a notification was not delivered{more}",
            "alarms failures lists them, alarms resend sends again",
        )
    held = current().alarms
    for name, why in held.idle.items() if held.watermark is not None else ():  # something came, and nothing for the rule
        warn(f"the rule {name!r} watches nothing: {why}", "alarms check alarms.toml --on STORE says which series there are")
    columns = ["alarm", "series", "labels", "state", "since", "value", "unit", "muted", "summary"]
    rows = []
    for a in held.active:
        labels = ", ".join(f"{key}={text}" for key, text in a.others.items())
        row = [a.labels["alarm"], a.labels["series"], labels, a.state, utc(a.starts), a.value, a.unit]
        rows.append([*row, current().muted(a), a.annotations.get("summary", "")])
    return pd.DataFrame(rows, columns=columns)


def _failures(rules: str | None, on: Any) -> pd.DataFrame:
    from ..analytics.processors.alarms import Rules
    from ..analytics.processors.alarms.delivery import Outbox
    from .running import current

    if rules is None and on is None:
        return current().outbox.undelivered()
    with Outbox(keep=_file(None if rules is None else Rules.read(rules), on)) as outbox:
        return outbox.undelivered()


def _resent(path: str | None, on: Any) -> pd.DataFrame:
    from ..analytics.processors.alarms import Rules
    from ..analytics.processors.alarms.delivery import of_rules
    from ..errors import OptionError
    from .running import current

    if path is None:
        if on is not None:
            raise OptionError("--on needs the rules, which say who is told", "alarms resend alarms.toml --on STORE")
        outbox = current().outbox
        outbox.retry()
        outbox.flush(10.0)
        return outbox.undelivered()
    rules = Rules.read(path)
    with of_rules(rules, keep=_file(rules, on)) as outbox:
        outbox.retry()
        outbox.flush()
        return outbox.undelivered()


def _file(rules: Rules | None, on: Any) -> Path:
    """Give the file of what an engine told: that which rules name, or that of the folder on which it worked."""
    from ..analytics.processors.alarms.delivery import kept_in
    from ..errors import FileError, OptionError
    from .running import stored

    if rules is not None and rules.outbox is not None:
        found: Path | None = rules.outbox
    elif on is None:
        raise OptionError("these rules name no outbox", "--on STORE, the folder on which an engine with them worked")
    else:
        with stored(on, option="on") as db:
            found = kept_in(db.address)
    if found is None:
        said = "a store in memory or in PostgreSQL has no folder, and keeps nothing of what was to be delivered"
        raise FileError(said, 'rules with [alarms] outbox = "outbox.sqlite", and the file of the rules here')
    if not found.exists():
        said = f"{str(found)!r} is not there: nothing was to be delivered"
        raise FileError(said, "the rules, or the folder, with which an engine with [[deliver]] worked")
    return found


def _silenced(until: Any, matchers: dict[str, str] | None) -> pd.DataFrame:
    from ..errors import OptionError
    from .running import current

    if until is None:
        raise OptionError("there is no end, and it would last for ever", "--until 2026-11-26T18:00:00Z")
    if not matchers:
        raise OptionError("nothing says what is silenced", "--matchers alarm=hot line=3")
    current().silence(until, **matchers)
    return _status()
