"""Plotly's script is served from the installed wheel, so that no copy of it is kept here."""

import importlib.util
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage


class PlotlyFinder(BaseFinder):
    name = "plotly.min.js"
    served_as = "plotly/plotly.min.js"

    def __init__(self, *args, **kwargs):
        package = Path(importlib.util.find_spec("plotly").origin).parent
        self.storage = FileSystemStorage(location=package / "package_data")
        self.storage.prefix = "plotly"

    def find(self, path, find_all=False, **kwargs):
        if path != self.served_as:
            return []
        found = self.storage.path(self.name)
        return [found] if find_all else found

    def list(self, ignore_patterns):
        yield self.name, self.storage
