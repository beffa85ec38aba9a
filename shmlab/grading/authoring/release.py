"""Make learners' notebooks from the solutions with nbgrader's own preprocessors, the same bytes each time.

Source: nbgrader's documentation, "Creating and grading assignments". Needs nbgrader (the extra `teach`).
"""

import pathlib

import click

from shmlab.grading.classroom.self_test import STUB
from shmlab.grading.submissions.source_notebook import is_tutor


def released(path):
    """Return the text of the exercise for the solution notebook at `path`. Raises ImportError without nbgrader."""
    import nbformat
    from nbgrader.preprocessors import ClearOutput, ClearSolutions, ComputeChecksums, LockCells
    from traitlets.config import Config

    config = Config()
    config.ClearSolutions.code_stub = {"python": STUB}
    config.ClearSolutions.enforce_metadata = True
    notebook = nbformat.read(path, as_version=4)
    hints = {cell.id: cell.outputs for cell in notebook.cells if is_tutor(cell)}
    resources = {"metadata": {"name": pathlib.Path(path).stem}}
    for preprocessor in (LockCells, ClearSolutions, ClearOutput, ComputeChecksums):
        notebook, resources = preprocessor(config=config).preprocess(notebook, resources)
    for cell in notebook.cells:
        if cell.id in hints:  # learners can read the folded hints before they run a cell
            cell.outputs = hints[cell.id]
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("shmlab", None)  # it says which code made the solution's outputs
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def release(solutions, exercises):
    """Write an exercise notebook for each solution notebook and return their paths."""
    exercises = pathlib.Path(exercises)
    exercises.mkdir(exist_ok=True)
    written = []
    for path in sorted(pathlib.Path(solutions).glob("*.ipynb")):
        target = exercises / path.name
        target.write_text(released(path))
        written.append(target)
    return written


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("solutions", type=click.Path(exists=True, file_okay=False), default="solutions")
@click.argument("exercises", type=click.Path(file_okay=False), default="exercises")
def main(solutions, exercises):
    """Write an exercise notebook into EXERCISES for each notebook in SOLUTIONS, over what is there."""
    for path in release(solutions, exercises):
        click.echo(path)


if __name__ == "__main__":  # make exercises
    main()
