"""Why a file is refused, as a code: what the reading child says and the parent puts in words."""


class Refused(Exception):
    """The file cannot be read. `code` is one of `sandbox.SENTENCES`; `values` fill its sentence."""

    def __init__(self, code: str, **values):
        super().__init__(code)
        self.code = code
        self.values = values
