"""From a file to tables of texts: the kind is told by the content, and nothing is guessed silently."""

from palier.hub.imports.decode.files import Decoded, decode
from palier.hub.imports.decode.refusals import FileRefused
from palier.hub.imports.decode.tables import Batch, Table
from palier.hub.imports.messages import Notice

__all__ = ["Batch", "Decoded", "FileRefused", "Notice", "Table", "decode"]
