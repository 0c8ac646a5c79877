"""`python -m tests.corpus PATH... [--metrics PAGE]... [--warnings]`: judges the rules of files and folders.

Prints every error with its rule, the alerts that can never fire, and how many there are of what. Exit code 1 where
there is an error, 2 where a file is no YAML.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from gaugewright.commands.show import as_text
from gaugewright.compile import Compilation

from tests.corpus.exposition import declared
from tests.corpus.judge import Verdict, verdicts
from tests.corpus.rules import UnreadableFile, read_rules, rule_files


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description="Rules that others wrote, judged.")
    parser.add_argument("paths", type=Path, nargs="+", help="files of rules, or folders of them")
    parser.add_argument("--metrics", type=Path, action="append", default=[], help="a page of exposed metrics")
    parser.add_argument("--warnings", action="store_true", help="print warnings, too")
    options = parser.parse_args(arguments)
    files = [file for path in options.paths for file in rule_files(path)]
    exposed = {name: series for page in options.metrics for name, series in declared(page.read_text("utf-8")).items()}
    try:
        rules = [rule for file in files for rule in read_rules(file)]
    except (UnreadableFile, OSError, UnicodeDecodeError) as error:
        print(error, file=sys.stderr)
        return 2
    begin = time.process_time()
    found = list(verdicts(rules, exposed))
    seconds = time.process_time() - begin
    for verdict in found:
        _print(verdict, options.warnings)
    _print_fate(found)
    _print_counts(found, len(files))
    print(f"judged in {seconds:.2f} s, {len(found) / max(seconds, 1e-9):,.0f} rules a second")
    return int(any(verdict.errors for verdict in found))


def _print(verdict: Verdict, warnings: bool) -> None:
    shown = verdict.findings if warnings else verdict.errors
    if shown:
        kind = "recording rule" if verdict.rule.records else "alert"
        print(f"== {kind} {verdict.rule.name}")
        print(as_text([Compilation(None, shown, verdict.rule.document)], shown))


def _print_fate(found: Sequence[Verdict]) -> None:
    for fate in ("never", "always"):
        for verdict in found:
            if verdict.fires == fate:
                place = verdict.rule.query.key_place()
                does = "has a result" if verdict.rule.records else "fires"
                print(f"{fate} {does}: {verdict.rule.name} ({place.file}:{place.line})")


def _print_counts(found: Sequence[Verdict], files: int) -> None:
    records = sum(verdict.rule.records for verdict in found)
    texts = sum(len(verdict.rule.texts) for verdict in found)
    wrong = [verdict for verdict in found if verdict.errors]
    errors = sum(len(verdict.errors) for verdict in found)
    print(f"\n{files} files, {len(found) - records} alerts, {records} recording rules, {texts} texts")
    print(f"{errors} errors in {len(wrong)} rules; {sum(v.fires == 'never' for v in found)} never have a result")
    codes = Counter((item.severity, item.code) for verdict in found for item in verdict.findings)
    for (severity, code), count in sorted(codes.items()):
        print(f"{count:6} {severity:8} {code}")


if __name__ == "__main__":
    sys.exit(main())
