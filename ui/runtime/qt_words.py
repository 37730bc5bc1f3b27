"""What Qt's own Spanish lacks, or says wrongly, of what the program shows: by context and English
text, as Qt asks for it. Our Spanish goes through the catalogues like every other text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.i18n import N_

__all__ = ["QT_WORDS"]

QT_WORDS: Final[Mapping[tuple[str, str], str]] = {
    ("QFileDialog", "&Look in:"): N_("Buscar &en:"),
    ("QFileDialog", "Files of &type:"): N_("&Tipo de archivo:"),
    ("QFileDialog", "File &name:"): N_("&Nombre del archivo:"),
    ("QFileDialog", "Directory:"): N_("Carpeta:"),
    ("QFileDialog", "Directories"): N_("Carpetas"),
    ("QFileDialog", "Parent Directory"): N_("Carpeta superior"),
    ("QFileDialog", "Go to the parent directory"): N_("Ir a la carpeta superior"),
    ("QFileDialog", "Change to list view mode"): N_("Ver como lista"),
    ("QFileDialog", "Change to detail view mode"): N_("Ver con detalles"),
    ("QFileDialog", "All files (*)"): N_("Todos los archivos (*)"),
    ("QFileDialog", "All Files (*)"): N_("Todos los archivos (*)"),
    ("QAbstractFileIconProvider", "Drive"): N_("Unidad"),
    ("QAbstractFileIconProvider", "Folder"): N_("Carpeta"),
    ("QAbstractFileIconProvider", "File Folder"): N_("Carpeta"),
    ("QAbstractFileIconProvider", "File"): N_("Archivo"),
    ("QAbstractFileIconProvider", "%1 File"): N_("Archivo %1"),
    ("QAbstractFileIconProvider", "Unknown"): N_("Desconocido"),
}
