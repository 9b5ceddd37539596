"""Which stretches of a text rules have spoken for, and the text with these masked."""

from pipelines.privacy.attack import attack_in
from pipelines.privacy.decode import View
from pipelines.settings.redaction_kinds import mask


class Claims:
    """A text and which stretches of it are spoken for; those without a kind stay as they are.

    `last` is the text decoded to the end, `plain` the same with ASCII digits and dashes.
    """

    def __init__(self, text: str, last: View, plain_view: View) -> None:
        """Begin with nothing spoken for."""
        self.text, self.last, self.plain = text, last, plain_view
        self.taken: list[tuple[int, int, str | None]] = []
        self._marks = bytearray(len(text))
        self._may_look = 8 * len(text) + 1000
        self._no_attack = (0, -1)  # where, in `last`, none was found

    def holds(self, position: int) -> bool:
        """True when the place is spoken for."""
        return bool(self._marks[position])

    def take(self, start: int, end: int, kind: str | None) -> None:
        """Claim a stretch that is free as a whole."""
        if start < end and self._marks.find(1, start, end) < 0:
            self._marks[start:end] = b"\1" * (end - start)
            self.taken.append((start, end, kind))

    def free(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the stretches within this one that nobody has spoken for."""
        found = []
        while (first := self._marks.find(0, start, end)) >= 0:
            taken = self._marks.find(1, first, end)
            start = taken if taken >= 0 else end
            found.append((first, start))
        return found

    def harmless(self, start: int, end: int) -> tuple[str, int]:
        """Return what stands there, decoded, and its end: an attack begins there or beyond."""
        first, last = self.last.place(start), self.last.place(end)
        value = self.last.text[first:last]
        # Of values within values that end together only the outermost is searched.
        if self._no_attack[0] <= first and last == self._no_attack[1]:
            return value, end
        attack = attack_in(value, self.plain.text[first:last])
        if attack:
            return value[: attack.start()], self.last.source(first + attack.start())
        self._no_attack = (first, last)
        return value, end

    def may_look_at(self, size: int) -> bool:
        """Whether so much may still be looked at: values can stand within values."""
        self._may_look -= size
        return self._may_look >= 0

    def masked(self) -> tuple[str, set[str]]:
        """Return the text masked, and the kinds masked."""
        pieces: list[str] = []
        kinds: set[str] = set()
        done = 0
        text = self.text
        for start, end, kind in sorted(self.taken):
            if kind is not None:
                pieces += [text[done:start], mask(kind)]
                kinds.add(kind)
                done = end
        pieces.append(text[done:])
        return "".join(pieces), kinds
