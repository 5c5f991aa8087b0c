"""`python3 -m probe FOLDER`: send what `$CREDENTIALS_DIRECTORY/wish` asks for, tell it in FOLDER, until SIGTERM."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from .report import Report
from .sender import Sender
from .tally import Tally
from .wish import Wish, WishError

SET_UP_WRONG = 78  # EX_CONFIG of sysexits.h
BROKE_DOWN = 1


async def run(wish: Wish, report: Report) -> None:
    """Send until SIGTERM or the wish's limit, and see what was sent to its end."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    tally = Tally(wish)
    telling = asyncio.create_task(report.keep_telling(tally))
    try:
        ended_by = await Sender(wish, tally).run(stop)
    finally:
        telling.cancel()
    report.tell(tally, ended_by)


def main() -> int:
    """Run; the exit status is 0 whatever became of the requests."""
    report = Report(Path(sys.argv[1]))
    try:
        wish = Wish.read(Path(os.environ["CREDENTIALS_DIRECTORY"]) / "wish")
        asyncio.run(run(wish, report))
    except WishError as error:
        report.tell_error(str(error))
        return SET_UP_WRONG
    except ExceptionGroup as errors:
        report.tell_error("; ".join(f"{type(error).__name__}: {error}" for error in errors.exceptions))
        return BROKE_DOWN
    return 0


if __name__ == "__main__":
    sys.exit(main())
