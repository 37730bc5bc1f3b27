"""Beside the ficha: is it saved, what must be known before calling, what is still missing."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import N_, NC_
from app.services.read_models import ReferralRow
from ui.forms.field_places import FieldPlaces
from ui.runtime.text import Texts
from ui.screens.ficha.linked_box import LinkedBox
from ui.screens.ficha.presenter import FichaPresenter, Missing
from ui.widgets.pieces import Box, button, card, label, set_tip, set_tone
from ui.widgets.referral_state import state_words

__all__ = ["FichaRail"]

_SHOWN_MISSING: Final = 8
_LINK_WIDTH: Final = 160


class FichaRail(QWidget):
    """The column at the right of the ficha.

    Signals:
        referral_chosen: the id of a referral.
        conflicts_wanted: go to the fields with two values.
        begun: what is proposed is being taken.
    """

    referral_chosen = Signal(str)
    conflicts_wanted = Signal()
    begun = Signal()

    def __init__(
        self, texts: Texts, presenter: FichaPresenter, *, is_practice: bool = False
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self._texts = texts
        self._is_practice = is_practice
        self._presenter = presenter
        self._saved_ms: int | None = None
        self._shown: list[Missing] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        self._state = Box("ok")
        self._warning = Box("warning")
        self._warning.hide()
        self._refusal = Box("warning")
        self._refusal.hide()
        self._conflict = Box("warning")
        look = button("link")
        texts.bind(look, "setText", N_("Revisar los dos valores"))
        look.clicked.connect(self.conflicts_wanted)
        self._conflict.buttons.addWidget(look)
        self._conflict.hide()
        self._linked = LinkedBox(texts, presenter)
        self._linked.take.clicked.connect(self.begun)
        self.places = FieldPlaces(texts, lambda: presenter.form)
        missing, self._missing_column = card(spacing=1, margin=10)
        self._missing_title = label("strong")
        self._missing_column.addWidget(self._missing_title)
        self._links: list[QPushButton] = []
        self._more = label("muted")
        self._missing_column.addWidget(self._more)
        self._referrals, self._referral_column = card(spacing=1, margin=10)
        self._referral_title = label("strong")
        texts.bind(self._referral_title, "setText", N_("Derivaciones de este caso"))
        self._referral_column.addWidget(self._referral_title)
        self._referral_links: list[QPushButton] = []
        self._referrals.hide()
        for one in (
            self._state,
            self._refusal,
            self._warning,
            self._conflict,
            self.places,
            self._linked,
            missing,
            self._referrals,
        ):
            column.addWidget(one)
        column.addStretch()
        self._say_saved(is_resumed=False)

    def show_fresh(self) -> None:
        """Another case was opened: nothing was saved in it yet, and its referrals are not known."""
        self._saved_ms = None
        self.show_referrals(())
        self._say_saved(is_resumed=False)

    def show_resumed(self) -> None:
        """Say that the place was found again."""
        self._say_saved(is_resumed=True)

    def show_saved(self, at_ms: int) -> None:
        """Say when the last field was saved."""
        self._saved_ms = at_ms
        self._say_saved(is_resumed=False)

    def show_state(self) -> None:
        """Show warnings and what is missing, by what stands on the screen."""
        if self._presenter.file is None:
            return
        self._say_state()
        self.places.show_state()
        self._warning.setVisible(self._presenter.warns_of_calls())
        self._warning.say(
            self._texts(NC_("safety", "No llamar sin revisar")),
            self._texts(NC_("safety", "Otra persona puede contestar o ver el teléfono.")),
        )
        self._refusal.setVisible(self._presenter.is_refused)
        self._refusal.say(
            self._texts(NC_("consent", "No acepta que se la registre")),
            self._texts(
                NC_(
                    "consent",
                    "Respételo: anote solo lo mínimo que piden las funciones del centro o la ley "
                    "(Ley 29733, art. 14). Del deber de denunciar se le informa, no se le "
                    "pregunta. Puede volver cuando quiera.",
                )
            ),
        )
        conflicts = sum(one.is_conflict for one in self._presenter.file.fields.values())
        self._conflict.setVisible(conflicts > 0)
        self._conflict.say(
            self._texts.plural(
                N_("{count} dato tiene dos valores"),
                N_("{count} datos tienen dos valores"),
                conflicts,
            ),
            self._texts(N_("Otro equipo cambió lo mismo sin conexión. Nada se perdió.")),
        )
        self._linked.show_state()
        self._show_missing(list(self._presenter.missing()))

    def show_referrals(self, rows: tuple[ReferralRow, ...]) -> None:
        """Show the referrals of the case as links."""
        self._referrals.setVisible(bool(rows))
        for link in self._referral_links:
            link.hide()
            link.deleteLater()
        self._referral_links = []
        for row in rows:
            link = button("link")
            state = state_words(self._texts, self._presenter.definitions, row)
            said = f"{row.folio} · {state}"
            # The number of the case stands above already.
            short = f"{row.folio.rpartition('-')[2]} · {state}"
            elide = Qt.TextElideMode.ElideRight
            link.setText(self.fontMetrics().elidedText(short, elide, _LINK_WIDTH))
            set_tip(link, said)
            link.setAccessibleName(said)
            link.clicked.connect(lambda _, one=row.referral_id: self.referral_chosen.emit(one))
            self._referral_column.addWidget(link)
            self._referral_links.append(link)

    def _say_state(self) -> None:
        """Say how what stands on the screen is on its way to the disk."""
        form = self._presenter.form
        if form.unsaved:
            set_tone(self._state, "danger")
            self._state.say(
                self._texts(N_("No está guardado")),
                self._texts(N_("Lo que escribió sigue en la pantalla. Se intenta de nuevo solo."))
                if form.may_be_retried
                else self._texts(N_("Lo que escribió sigue en la pantalla. Corrija lo marcado.")),
            )
        elif form.is_busy:
            set_tone(self._state, "info")
            self._state.say(
                self._texts(N_("Escribiendo…")),
                self._texts(N_("Se guarda al salir del campo o al dejar de escribir.")),
            )
        elif self._is_practice or self._state.property("tone") != "ok":
            self._say_saved(is_resumed=False)

    def _say_saved(self, *, is_resumed: bool) -> None:
        if self._presenter.form.unsaved:
            return
        set_tone(self._state, "info" if self._is_practice else "ok")
        if self._is_practice:
            self._state.say(
                self._texts(N_("Práctica: nada se guarda")),
                self._texts(
                    N_("Al bloquear se pierde todo. Lo de una persona de verdad no va aquí.")
                ),
            )
            return
        if is_resumed:
            self._state.say(
                self._texts(N_("Volvió a donde estaba")),
                self._texts(N_("Todo lo que escribió está guardado en este equipo.")),
            )
            return
        if self._saved_ms is None:
            heading = self._texts(N_("Se guarda solo"))
        else:
            time = self._texts.language.format_datetime_ms(self._saved_ms)[-5:]
            heading = self._texts(N_("Guardado a las {time}"), time=time)
        self._state.say(
            heading,
            self._texts(
                N_("Cada campo se guarda al salir de él. Si se va la luz, al volver se abre aquí.")
            ),
        )

    def _show_missing(self, missing: list[Missing]) -> None:
        title = (
            self._texts.plural(
                N_("Falta completar o corregir {count} dato"),
                N_("Falta completar o corregir {count} datos"),
                len(missing),
            )
            if missing
            else self._texts(N_("Nada falta para validar"))
        )
        self._missing_title.setText(title)
        while len(self._links) < min(len(missing), _SHOWN_MISSING):
            link = button("link")
            self._missing_column.insertWidget(1 + len(self._links), link)
            number = len(self._links)
            link.clicked.connect(lambda _, n=number: self._go(n))
            self._links.append(link)
        self._shown = missing[:_SHOWN_MISSING]
        for number, link in enumerate(self._links):
            link.setVisible(number < len(self._shown))
            if number < len(self._shown):
                one = self._shown[number]
                words = f"{one.step} · {self._texts(one.field.brief)}"
                set_tip(link, words)
                link.setAccessibleName(words)
                room = max(120, self.width() - 50)
                metrics = link.fontMetrics()
                link.setText(metrics.elidedText(words, Qt.TextElideMode.ElideRight, room))
        rest = len(missing) - len(self._shown)
        self._more.setVisible(rest > 0)
        self._more.setText(self._texts(N_("… y {count} más"), count=rest))

    def _go(self, number: int) -> None:
        if number < len(self._shown):
            self._presenter.go_to_field(self._shown[number].field.id)
