"""What a ficha proposes because another CEM sent the case; a person takes it or leaves it."""

from __future__ import annotations

from app.i18n import N_
from app.services.display import shown_value
from app.services.forms import FICHA
from ui.runtime.text import Texts
from ui.screens.ficha.presenter import FichaPresenter
from ui.widgets.pieces import Box, button

__all__ = ["LinkedBox"]


class LinkedBox(Box):
    """The proposals with their reason, and one button. Hidden when there are none."""

    def __init__(self, texts: Texts, presenter: FichaPresenter) -> None:
        super().__init__("info")
        self._texts = texts
        self._presenter = presenter
        self.take = button("")
        texts.bind(self.take, "setText", N_("Usar lo propuesto"))
        self.take.clicked.connect(presenter.take_proposals)
        self.buttons.addWidget(self.take)
        self.buttons.addStretch()
        self.hide()

    def show_state(self) -> None:
        """Show what is proposed now."""
        proposed = self._presenter.proposals()
        self.setVisible(bool(proposed))
        if not proposed:
            return
        definitions, texts = self._presenter.definitions, self._texts
        form = definitions.form(FICHA)
        lines = []
        for one in proposed:
            field = form.get(one.field_id)
            words = shown_value(definitions, FICHA, one.field_id, one.value)
            if field is not None:
                lines.append(f"{texts(field.brief)}: {texts(words)}")
        folio = str(self._presenter.form.values().get("origin_folio") or "")
        self.say(texts(proposed[0].reason, folio=folio), "\n".join(lines))
