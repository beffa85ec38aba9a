"""The notebooks that learners get, made from the solutions by nbgrader's own preprocessors, the same bytes each time.

Source: nbgrader's documentation, "Creating and grading assignments". Needs nbgrader (the extra `teach`).
"""

import pathlib

import click

from shmlab.grading.classroom.self_test import STUB
from shmlab.grading.submissions.source_notebook import is_tutor


def released(path):
    """The text of the exercise notebook for a solution notebook at `path`. Raises ImportError without nbgrader."""
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
        if cell.id in hints:  # the folded hints are to be read before anything is run
            cell.outputs = hints[cell.id]
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("shmlab", None)  # of which code the solution's outputs are: a learner's are another's
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def release(solutions, exercises):
    """Write an exercise notebook for each solution notebook; returns their paths."""
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
    for made in release(solutions, exercises):
        click.echo(made)


if __name__ == "__main__":  # make exercises
    main()
