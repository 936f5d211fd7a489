"""The house keeps its order: one direction of imports, Streamlit in one place, short pages."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from needs import CHECKOUT

PACKAGE = CHECKOUT / "voicegender"
ORDER = """
inert errors limits addresses listing seals objects media containers config process history
workers cluster places header recordings durations manifest corpus openslr web transfer unpacking
download demo_corpus mending audio excerpt speech refusal windows mel features inference
voice_encoder extractors pitch degradation alteration parts mapping store projection extraction
split imports fitting augmentation layers network probe networks calibration bundle hearing
scoring evaluation report operating baselines run_config runs store_cleaning batches devices
stream callbacks fit export training crossval robustness_report robustness listening second_voice
prediction answering finding live verification requests command_lines card_tables card publishing
jobs answers annotations overview serving terminal options cli_corpus cli_features cli_scores
cli_predict cli __init__ __main__
""".split()  # noqa: SIM905  # a page of words is read more easily than a column of strings
"""In reading order; a module imports only from those before it."""
UI_ORDER = ["", "voice", "predict", "live", "corpus", "results", "training"]
"""Groups of the dashboard's modules, those that all share first."""
LONGEST_MODULE, LONGEST_PAGE, LONGEST_FUNCTION = 250, 120, 40
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc"}


def sources() -> list[Path]:
    pages = [CHECKOUT / "streamlit_app.py", *sorted((CHECKOUT / "pages").glob("*.py"))]
    return [*sorted(PACKAGE.rglob("*.py")), *pages]


def imported(path: Path) -> set[str]:
    """Modules a file imports, early or late, but not for types alone."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def test_every_module_has_its_place_in_the_order() -> None:
    assert sorted(path.stem for path in PACKAGE.glob("*.py")) == sorted(ORDER)


@pytest.mark.parametrize("name", ORDER)
def test_a_module_imports_only_from_those_before_it(name: str) -> None:
    used = {
        n.split(".")[1] for n in imported(PACKAGE / f"{name}.py") if n.startswith("voicegender.")
    }
    used &= {*ORDER, "ui"}
    assert used <= set(ORDER[: ORDER.index(name)]), used - set(ORDER[: ORDER.index(name)])


@pytest.mark.parametrize("group", UI_ORDER)
def test_a_group_of_the_dashboard_imports_only_from_those_before_it(group: str) -> None:
    folder = PACKAGE / "ui" / group
    used = {
        name.split(".")[2]
        for path in folder.glob("*.py")
        for name in imported(path)
        if name.startswith("voicegender.ui.")
    }
    allowed = UI_ORDER[: UI_ORDER.index(group) + 1]
    assert used & set(UI_ORDER) <= set(allowed)


def test_every_module_of_the_dashboard_is_shared_or_in_a_group() -> None:
    found = {path.parent.name for path in (PACKAGE / "ui").glob("*/*.py")}
    assert found == set(UI_ORDER) - {""}


def test_only_the_ui_knows_streamlit_and_plotly() -> None:
    for path in PACKAGE.glob("*.py"):
        heads = {name.split(".")[0] for name in imported(path)}
        assert not heads & {"streamlit", "plotly", "streamlit_webrtc"}, path.name


def test_only_what_trains_imports_keras_and_tensorflow() -> None:
    trains = {"network", "networks", "probe", "fitting", "layers", "devices", "stream"}
    trains |= {"callbacks", "fit", "export"}
    for path in PACKAGE.rglob("*.py"):
        heads = {name.split(".")[0] for name in imported(path)}
        if heads & {"keras", "tensorflow", "tf2onnx"}:
            assert path.stem in trains, path.name


def test_pages_and_modules_are_short() -> None:
    for path in sources():
        n_lines = len(path.read_text().splitlines())
        limit = LONGEST_MODULE if PACKAGE in path.parents else LONGEST_PAGE
        assert n_lines <= limit, f"{path.name} has {n_lines} lines"


def test_functions_are_short() -> None:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                n_lines = (node.end_lineno or node.lineno) - node.lineno + 1
                assert n_lines <= LONGEST_FUNCTION, f"{path.name}:{node.name} has {n_lines} lines"


def test_no_module_is_a_drawer() -> None:
    assert not {path.stem for path in sources()} & FORBIDDEN_NAMES


def test_nothing_is_pickled() -> None:
    for path in sources():
        heads = {name.split(".")[0] for name in imported(path)}
        assert not heads & {"pickle", "joblib", "dill", "cloudpickle", "marshal", "shelve"}, path
        assert "allow_pickle=True" not in path.read_text()


def test_every_exception_from_a_rule_carries_its_reason() -> None:
    for path in [*sources(), *sorted((CHECKOUT / "tests").glob("*.py"))]:
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for mark in re.finditer(r"#\s*(type: ignore\[[^\]]+\]|noqa: [A-Z0-9, ]+)(.*)", line):
                rest = mark.group(2)
                reason = rest.split("#", 1)[1].strip() if "#" in rest else ""
                assert reason, f"{path.name}:{number} gives no reason"


def test_the_package_is_imported_without_anything_heavy() -> None:
    code = "import sys, voicegender.cli; print({'numpy', 'pandas', 'rich'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "set()"
