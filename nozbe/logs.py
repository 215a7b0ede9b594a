"""Log lines: one JSON object a line on standard output, with times in UTC.

No content, names, addresses or query strings belong here (STYLE 37). Exceptions are therefore logged by type and
place only: their texts quote what they choked on (PostgreSQL's DETAIL quotes the row), and locals hold content.
"""

from typing import Any

import structlog
from structlog.processors import ExceptionRenderer
from structlog.typing import EventDict, ExcInfo, Processor

QUIET = {"botocore": "WARNING", "urllib3": "WARNING", "kombu": "WARNING", "psycopg.pool": "ERROR"}


def logging_configuration(*, level: str, process: str) -> dict[str, Any]:
    """A `logging.config` dictionary; configures structlog on the way, so that both write the same lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(allow=["status_code"]),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _process_name(process),
        _without_foreign_texts,
        ExceptionRenderer(types_and_places),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
            },
        },
        "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # Django's own handlers would mail tracebacks with settings and locals.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            "uvicorn": {"handlers": [], "level": level, "propagate": True},
            "uvicorn.error": {"handlers": [], "level": level, "propagate": True},
            **{name: {"level": quiet} for name, quiet in QUIET.items()},
        },
    }


def types_and_places(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """The exception and its causes, outermost first: type, and `file:line function` of each frame. Never a text."""
    chain: list[dict[str, Any]] = []
    error: BaseException | None = exc_info[1]
    while error is not None and len(chain) < 10:
        chain.append({"type": f"{type(error).__module__}.{type(error).__qualname__}", "frames": _frames(error)})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain


def _frames(error: BaseException) -> list[str]:
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{code.co_filename}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames


def _process_name(process: str) -> Processor:
    def add(_logger: Any, _method: str, event: EventDict) -> EventDict:
        event["process"] = process
        return event

    return add


def _without_foreign_texts(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Frameworks write paths, host names, arguments and the texts of exceptions into their messages."""
    logger = event.get("logger", "")
    if logger.startswith(("django.request", "django.security")):
        event["event"] = "refused" if logger.startswith("django.security") else "answered with an error"
    elif event.get("exc_info"):
        event["event"] = "failed"
    return event
