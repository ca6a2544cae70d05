"""parameters - papermill's translator for the language of the mnist kernel.

papermill has no entry point for translators, but it loads all entry points of engines when it
starts. So this module is the entry point of an engine `mnist`, which is papermill's own engine, and
loading it registers the translator.
"""
import math

from papermill.engines import NBClientEngine as Engine  # noqa: F401 (loaded by its entry point)
from papermill.exceptions import PapermillException
from papermill.translators import PythonTranslator, Translator, papermill_translators


class MnistTranslator(PythonTranslator):
    """Python assignments, except for `$` in strings, infinity, NaN and dictionaries."""

    @classmethod
    def translate_str(cls, val):
        return super().translate_str(val).replace("$", "\\$")

    @classmethod
    def translate_float(cls, val):
        return cls.translate_raw_str(val) if math.isfinite(val) else f'float("{val}")'

    @classmethod
    def translate_dict(cls, val):
        raise PapermillException("the language mnist has no dictionaries: pass each value as a "
                                 "separate parameter, or pass a list")

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        """Skips PythonTranslator's formatter, which accepts only Python."""
        return Translator.codify.__func__(cls, parameters, comment)


papermill_translators.register("mnist", MnistTranslator)
