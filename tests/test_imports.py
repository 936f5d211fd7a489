"""Features made elsewhere -> a feature set."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from voicegender.errors import CorpusError, SettingError
from voicegender.imports import import_features
from voicegender.split import Split, balance


def write_pairs(folder: Path, sizes: tuple[int, ...] = (40, 20, 20), width: int = 6) -> list[Path]:
    """The seed's files, as numpy.savetxt writes them."""
    rng = np.random.default_rng(0)
    paths = []
    for i, size in enumerate(sizes):
        labels = np.arange(size) % 2
        x = rng.normal(size=(size, width)) + labels[:, None]
        paths += [folder / f"x{i}.csv", folder / f"y{i}.csv"]
        np.savetxt(paths[-2], x)
        np.savetxt(paths[-1], labels)
    return paths


def test_the_seeds_pairs_become_the_three_parts(tmp_path: Path) -> None:
    paths = write_pairs(tmp_path)
    features = import_features(paths, tmp_path / "store", name="seed")
    loaded = features.load()
    np.testing.assert_allclose(loaded.of(0)[0], np.loadtxt(paths[0])[0], rtol=1e-6)
    counts = balance(Split()(loaded.utterances))["recordings"]
    assert counts.to_numpy().tolist() == [[20, 20], [10, 10], [10, 10]]
    assert features.imported
    assert not features.config["readers_known"]


def test_rows_separated_by_commas_are_read_too(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "x.csv", np.ones((4, 3)), delimiter=",")
    np.savetxt(tmp_path / "y.csv", [0, 1, 0, 1])
    features = import_features([tmp_path / "x.csv", tmp_path / "y.csv"], tmp_path, name="a")
    assert features.config["n_features"] == 3


def test_importing_again_changes_nothing_and_other_content_is_refused(tmp_path: Path) -> None:
    paths = write_pairs(tmp_path)
    first = import_features(paths, tmp_path / "store", name="seed")
    before = first.part(0).stat().st_mtime_ns
    import_features(paths, tmp_path / "store", name="seed")
    assert first.part(0).stat().st_mtime_ns == before
    x = np.loadtxt(paths[0])
    np.savetxt(paths[0], x[:, ::-1])  # the same numbers in another order
    with pytest.raises(CorpusError, match="other features of this name"):
        import_features(paths, tmp_path / "store", name="seed")


@pytest.mark.parametrize(
    ("content", "reason"),
    [("0\n2\n0\n1\n", "other than one 0"), ("0\n1\n", "2 labels for 4 rows"), ("a\n", "numbers")],
)
def test_labels_that_do_not_serve_are_named_by_file(
    tmp_path: Path, content: str, reason: str
) -> None:
    np.savetxt(tmp_path / "x.csv", np.ones((4, 3)))
    (tmp_path / "y.csv").write_text(content)
    with pytest.raises(CorpusError, match=rf"y\.csv: .*{reason}"):
        import_features([tmp_path / "x.csv", tmp_path / "y.csv"], tmp_path / "s", name="a")


def test_a_missing_file_and_an_odd_number_of_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"x\.csv: no such file"):
        import_features([tmp_path / "x.csv"], tmp_path, name="a")
    with pytest.raises(CorpusError, match="3 files; name"):
        import_features(write_pairs(tmp_path)[:3], tmp_path, name="a")


def test_parquet_is_read_with_its_folders_as_subsets_and_zero_rows_left_out(
    tmp_path: Path,
) -> None:
    values = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
    values[2] = 0
    table = pa.table(
        {
            "clip": [f"cv-valid-{part}/{i}" for i, part in enumerate(["train"] * 4 + ["dev"] * 2)],
            "gender": ["female", "male"] * 3,
            "mel_mean": pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), 4),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    features = import_features([tmp_path / "a.parquet"], tmp_path / "store", name="cv")
    assert features.errors()["error"].tolist() == ["all zero"]
    loaded = features.load()
    assert set(loaded.utterances["subset"]) == {"cv-valid-train", "cv-valid-dev"}
    np.testing.assert_array_equal(loaded.of(2)[0], values[3])


def table_of(values: object, names: list[str]) -> pa.Table:
    return pa.table({"clip": names, "gender": ["female"] * len(names), "mel_mean": values})


@pytest.mark.parametrize(
    ("values", "names", "reason"),
    [
        (pa.array([[1.0, 2.0], [3.0]]), ["a", "b"], "differ in length"),
        (pa.array([[1.0, 2.0], None]), ["a", "b"], "differ in length"),
        (pa.array([[1.0, None], [3.0, 4.0]]), ["a", "b"], "other than numbers"),
        (pa.array([["x"], ["y"]]), ["a", "b"], "other than numbers"),
        (pa.array([], pa.list_(pa.float32())), [], "empty"),
        (pa.array([[1.0], [2.0]]), ["a", "a"], "a stands in it twice"),
    ],
)
def test_a_table_of_uneven_or_repeated_rows_is_refused(
    tmp_path: Path, values: pa.Array, names: list[str], reason: str
) -> None:
    pq.write_table(table_of(values, names), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match=reason):
        import_features([tmp_path / "a.parquet"], tmp_path, name="a")


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"features '\.\./\.\./out'"):
        import_features(write_pairs(tmp_path), tmp_path / "store", name="../../out")


def test_a_table_without_lists_of_numbers_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"clip": ["a"], "gender": ["female"]}), tmp_path / "a.parquet")
    with pytest.raises(CorpusError, match="one column of lists"):
        import_features([tmp_path / "a.parquet"], tmp_path, name="a")
    (tmp_path / "b.parquet").write_text("no table")
    with pytest.raises(CorpusError, match=r"b\.parquet: not a Parquet file"):
        import_features([tmp_path / "b.parquet"], tmp_path, name="a")


def columns(names: pa.Array) -> dict[str, Any]:
    """A Parquet file's, of two voices."""
    lists = pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32()))
    return {"clip": names, "gender": ["F", "M"], "numbers": lists}


def test_what_is_pickled_in_a_parquet_file_is_not_run(tmp_path: Path) -> None:
    """Arrow once made types of others from pickles; pandas' own notes are read as JSON."""
    ran = tmp_path / "ran"
    pickled = f"cposix\nsystem\n(S'touch {ran}'\ntR.".encode()
    ours = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickled}
    table = pa.table(columns(pa.array(["a/1", "a/2"])))
    field = table.schema.field("numbers").with_metadata(ours)
    schema = table.schema.set(2, field).with_metadata({"pandas": pickled})
    pq.write_table(table.cast(schema), tmp_path / "x.parquet")
    import_features([tmp_path / "x.parquet"], tmp_path / "store", name="x")
    assert not ran.exists()


def test_a_parquet_file_whose_text_is_none_is_refused(tmp_path: Path) -> None:
    offsets = pa.py_buffer(np.array([0, 1, 2], np.int32).tobytes())
    names = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"\xff\xfe"))
    pq.write_table(pa.table(columns(names)), tmp_path / "x.parquet")
    with pytest.raises(CorpusError, match="not a Parquet file"):
        import_features([tmp_path / "x.parquet"], tmp_path / "store", name="x")
