"""parameters - papermill's translator for the language of the mnist kernel.

papermill has no entry point for translators. It does load those of engines whenever it starts, so the engine that is named
`mnist` here is papermill's own, and loading this module registers the translator.
"""
import math

from papermill.engines import NBClientEngine as Engine  # noqa: F401 (loaded by its entry point)
from papermill.exceptions import PapermillException
from papermill.translators import PythonTranslator, Translator, papermill_translators


class MnistTranslator(PythonTranslator):
    """Assignments as in Python, but for the `$` in a text, numbers without digits, and dictionaries, which there are none of."""

    @classmethod
    def translate_str(cls, val):
        return super().translate_str(val).replace("$", "\\$")

    @classmethod
    def translate_float(cls, val):
        return cls.translate_raw_str(val) if math.isfinite(val) else f'float("{val}")'

    @classmethod
    def translate_dict(cls, val):
        raise PapermillException("the language mnist has no dictionaries: pass each value as a parameter of its own, or a list")

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        """Without PythonTranslator's formatter, which knows Python alone."""
        return Translator.codify.__func__(cls, parameters, comment)


papermill_translators.register("mnist", MnistTranslator)
