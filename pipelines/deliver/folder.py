"""A notice as files: each report in a folder of its day, whole and for its owner only."""

import hashlib
from pathlib import Path
from typing import Final

from pipelines.deliver.channel import ChannelError, Receipt
from pipelines.deliver.letter import as_text, write_letter
from pipelines.deliver.notice import Notice
from pipelines.errors import MimamoriError
from pipelines.private_files import whole_file, write_whole
from pipelines.settings.delivery import Folder
from pipelines.text.messages import message
from pipelines.text.words import Words


class FolderChannel:
    """Copies reports below a folder, which must be there: it may be a disk that is not mounted."""

    name: Final = "folder"

    def __init__(self, target: Folder, words: Words) -> None:
        """Take the folder, and the language of digests."""
        self._path = target.path
        self._words = words

    def send(self, notice: Notice) -> Receipt:
        """Copy the day's files, the page last, or write the digest.

        The digest is of the text, or of the lines that `sha256sum` prints of the files copied.
        """
        if not self._path.is_dir():
            raise ChannelError(message("deliver.folder.no_such_folder", at=self._path))
        try:
            if notice.kind == "digest":
                target = self._path / f"digest-{notice.period}.txt"
                letter = write_letter(notice, self._words, details=False, link=None)
                text = as_text(letter)
                write_whole(target, text)
                return _receipt(target, text, "counts")
            target = self._path / notice.period
            target.mkdir(mode=0o700, exist_ok=True)
            sums = []
            for source in notice.days[0].files():
                content = source.read_bytes()
                with whole_file(target / source.name) as file:
                    file.write(content)
                sums.append(f"{hashlib.sha256(content).hexdigest()}  {source.name}\n")
        except ChannelError:
            raise
        except MimamoriError as error:
            raise ChannelError(str(error)) from None
        except OSError as error:
            raise ChannelError(
                message("deliver.folder.cannot_be_written", at=self._path, reason=error.strerror)
            ) from None
        return _receipt(target, "".join(sums), "report")


def _receipt(target: Path, content: str, item: str) -> Receipt:
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Receipt((str(target),), digest, remark=str(target), items=(item,))
