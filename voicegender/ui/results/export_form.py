"""A run's model, made one that Predict and Live find."""

import streamlit as st

from voicegender.config import FOLDER_NAME, folder_name
from voicegender.places import places
from voicegender.publishing import publish
from voicegender.requests import crossval_at
from voicegender.runs import Run
from voicegender.ui import frame
from voicegender.ui.result import results_of_folds


def export(run: Run) -> None:
    """Offer to publish the run's model."""
    with st.expander("Use this model: export it"):
        st.caption(
            "Copies the model with its card into the folder of models, where Predict and Live "
            "find it."
        )
        name = st.text_input("Name of the model", run.name, key=f"export-name-{run.name}")
        crossval = _choose_crossval(run)
        folder = places().models / name
        replaces = bool(FOLDER_NAME.fullmatch(name)) and (folder / "bundle.json").exists()
        agreed = not replaces or st.checkbox(f"Replace the model {frame.plain(name)} there is")
        if st.button("Export", key=f"export-{run.name}", disabled=not agreed):
            with frame.told():
                _publish(run, name, crossval)
                st.success(f"Exported to {frame.plain(str(folder))}.")
                frame.way_to("Predict", "→ Use it in Predict")


def _choose_crossval(run: Run) -> str | None:
    """Ask which cross-validation the model is quoted by, where there are any."""
    names = [str(one.metrics["name"]) for one in results_of_folds(places().runs)]
    if not names:
        return None
    return st.selectbox(
        "Cross-validation its card shows",
        names,
        index=None,
        placeholder="none",
        key=f"export-crossval-{run.name}",
        help="One of the same settings: it tests more readers than the run, so its scores are "
        "those the model is quoted by.",
    )


def _publish(run: Run, name: str, crossval: str | None) -> None:
    folder = places().models / folder_name(name, "model")
    places().models.mkdir(parents=True, exist_ok=True)
    publish(run, folder, crossval=crossval_at(crossval) if crossval else None)
