"""A notice as files: each report in a folder of its day, whole and for its owner only."""

from pipelines.deliver.channel import ChannelError
from pipelines.deliver.letter import as_text, write_letter
from pipelines.deliver.notice import Notice
from pipelines.delivery_targets import Folder
from pipelines.errors import MimamoriError
from pipelines.report.files import whole_file, write_whole
from pipelines.report.words import Words


class FolderChannel:
    """Copies reports below a folder, which must be there: it may be a disk that is not mounted."""

    name = "folder"

    def __init__(self, target: Folder, words: Words) -> None:
        """Take the folder, and the language of digests."""
        self._path = target.path
        self._words = words

    def send(self, notice: Notice) -> str:
        """Copy the day's files, the page last, or write the digest; return where."""
        if not self._path.is_dir():
            raise ChannelError(
                f"{self._path}: フォルダがありません / no such folder; make it or mount it"
            )
        try:
            if notice.kind == "digest":
                target = self._path / f"digest-{notice.period}.txt"
                letter = write_letter(notice, self._words, details=False, link=None)
                write_whole(target, as_text(letter))
                return str(target)
            target = self._path / notice.period
            target.mkdir(mode=0o700, exist_ok=True)
            for source in notice.days[0].files():
                with whole_file(target / source.name) as file:
                    file.write(source.read_bytes())
        except ChannelError:
            raise
        except MimamoriError as error:
            raise ChannelError(str(error)) from None
        except OSError as error:
            raise ChannelError(
                f"{self._path}: 書けません / cannot be written: {error.strerror}"
            ) from None
        return str(target)
