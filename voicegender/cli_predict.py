"""The command that answers recordings."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from voicegender.options import AsJson
from voicegender.places import places
from voicegender.terminal import SOME_FAILED, alone_on_stderr, hearing_bar, say, told

if TYPE_CHECKING:
    from voicegender.annotations import Format
    from voicegender.calibration import Calibration

ModelPath = Annotated[
    Optional[Path],  # noqa: UP045  # Typer reads this form
    typer.Option(help="Folder of a model or a run; by default models/default."),
]
AsTextGrid = Annotated[
    bool, typer.Option("--textgrid", help="Print the timeline as a Praat TextGrid.")
]
AsAudacity = Annotated[
    bool, typer.Option("--audacity", help="Print the timeline as Audacity labels.")
]
To = Annotated[
    Optional[Path],  # noqa: UP045  # as above
    typer.Option(help="Folder for these timelines, a file a recording; none is replaced."),
]


@told
@alone_on_stderr()
def predict(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files or folders.")],
    model: ModelPath = None,
    *,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    segments: Annotated[bool, typer.Option("--segments", help="Show the timeline.")] = False,
    textgrid: AsTextGrid = False,
    audacity: AsAudacity = False,
    to: To = None,
) -> None:
    """Tell of recordings whether the voice is heard as female or male."""
    from voicegender.annotations import FORMATS
    from voicegender.answering import answer_all
    from voicegender.finding import model_at, recordings_in

    kinds = {"--textgrid": FORMATS["textgrid"], "--audacity": FORMATS["audacity"]}
    asked = {"--json": as_json, "--csv": as_csv, "--textgrid": textgrid, "--audacity": audacity}
    wanted = {option: kind for option, kind in kinds.items() if asked[option]}
    found = list(recordings_in(paths))
    _check([option for option, is_asked in asked.items() if is_asked], wanted, to, len(found))
    if to is not None:
        _check_new(found, wanted.values(), to)
    classifier = model_at(model or places().default_model)
    given = answer_all(classifier, found, watch=hearing_bar)
    calibration = classifier.bundle.calibration
    if wanted and to is None:
        whole = list(given)
        _print_timelines(whole, next(iter(wanted.values())), calibration)
    else:
        whole = _print_answers(given, as_json=as_json, as_csv=as_csv, segments=segments)
    if to is not None:
        _write_timelines(whole, wanted.values(), calibration, to)
    if any(answer["error"] for answer in whole):
        raise typer.Exit(SOME_FAILED)


def _check(asked: list[str], wanted: Mapping[str, "Format"], to: Path | None, n: int) -> None:
    """Refuse what cannot be printed at once."""
    from voicegender.errors import SettingError

    printed = asked if to is None else [option for option in asked if option not in wanted]
    if len(printed) > 1:
        raise SettingError(" and ".join(printed), "cannot both be printed", "choose one")
    if to is not None and not wanted:
        raise SettingError(f"--to {to}", "nothing is asked for it", "add --textgrid or --audacity")
    if to is None and wanted and n > 1:
        wrong = f"is printed for one recording, and there are {n}"
        raise SettingError(printed[0], wrong, "name a folder: --to FOLDER")


def _check_new(found: list[Path], kinds: Iterable["Format"], to: Path) -> None:
    """Refuse before anything is heard: what a person may have corrected is never replaced."""
    from voicegender.annotations import safe_names
    from voicegender.errors import SettingError

    if to.exists() and not to.is_dir():
        raise SettingError(f"--to {to}", "is no folder", "name another")
    for kind in kinds:
        for name in safe_names([str(path) for path in found], kind.suffix):
            if (to / name).exists():
                raise SettingError(to / name, "is there already", "name another folder")


def _print_answers(
    given: Iterable[dict[str, Any]], *, as_json: bool, as_csv: bool, segments: bool
) -> list[dict[str, Any]]:
    """Lines as soon as they are known, or all answers in one; returns the answers."""
    from voicegender import answers

    if as_json or as_csv:
        whole = list(given)
        text = answers.as_json(whole) if as_json else answers.as_csv(whole, segments=segments)
        typer.echo(text.rstrip("\n"))
        return whole
    whole = []
    for answer in given:
        say(answers.as_text(answer, segments=segments))
        whole.append(answer)
    return whole


def _print_timelines(
    whole: list[dict[str, Any]], kind: "Format", calibration: "Calibration"
) -> None:
    from voicegender import answers

    for answer in whole:
        if answer["error"]:
            say(answers.as_text(answer), err=True)
        else:
            typer.echo(kind.write(answer, calibration), nl=False)


def _write_timelines(
    whole: list[dict[str, Any]], kinds: Iterable["Format"], calibration: "Calibration", to: Path
) -> None:
    """A file a recording and format."""
    from voicegender.annotations import timelines

    to.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        for name, text in timelines(whole, kind, calibration).items():
            with (to / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
