"""What IPython reads at its start."""

c = get_config()  # noqa: F821
c.InteractiveShellApp.extensions = ["lomodel_notebook"]
