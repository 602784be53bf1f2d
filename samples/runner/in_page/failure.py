"""Describes to a reader how a sample failed, and where in its code."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from samples.local_teams.model.exchange import error_code
from samples.local_teams.server.wire import Exchange

HERE = Path(__file__).parent


def failure(error: BaseException, last: Exchange | None, *, samples: Path) -> dict[str, Any] | None:
    """The error that a sample ended with, for a reader; None when it ended well.

    Args:
        last: the last request with its answer.
        samples: the folder with the samples.

    Returns:
        `text`: what a shell would show. `file`, below samples/, and `line`: the last place in a
        sample. `refusal`: the status and the code of the last answer, if Teams refused.
    """
    if isinstance(error, SystemExit):
        if not error.code:
            return None
        text = str(error.code)
    else:
        shown = error.__traceback__
        while shown and Path(shown.tb_frame.f_code.co_filename).parent == HERE:
            shown = shown.tb_next
        text = "".join(traceback.format_exception(type(error), error, shown))
    failed: dict[str, Any] = {"text": text}
    places = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).parent != HERE
    ]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno))
    for file, line in places:
        if Path(file).is_relative_to(samples):
            failed |= {"file": Path(file).relative_to(samples).as_posix(), "line": line}
    if last and last.direction == "to Teams" and last.response.status >= 400:
        failed["refusal"] = {"status": last.response.status, "code": error_code(last.response.json)}
    return failed
