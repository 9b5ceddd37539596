"""A text in both languages, as the headers of detectors and suites carry them."""

from pydantic import BaseModel, ConfigDict, Field


class Text(BaseModel):
    """The same text in Japanese and English."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @property
    def both(self) -> str:
        """Japanese first, English beside it."""
        return f"{self.ja} / {self.en}"

    def in_locale(self, locale: str) -> str:
        """Return the text in `ja` or `en`."""
        return self.en if locale == "en" else self.ja
