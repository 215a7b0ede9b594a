"""The browser of the tests in `tests/web/`: found on this machine, or installed. `make test` asks before it begins.

In this order: NOZBE_CHROMIUM; a browser on the PATH; one that was put into `.venv` before; Debian's package, by root;
Debian's packages unpacked into `.venv` without any right of root's; Playwright's own download.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
FOLDER = PROJECT / ".venv" / "chromium"
WRAPPER = FOLDER / "run"
DOWNLOADED = FOLDER / "playwright"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGE = "chromium"
NEVER_UNPACKED = ("libc6_", "libc-bin_")  # the loader that runs already must not meet another C library
INSTALL_SECONDS = 600

FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{root}/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>{folder}/fonts</cachedir>
  <include ignore_missing="yes">{root}/etc/fonts/conf.d</include>
</fontconfig>
"""

HELP = f"""
The browser tests need Chromium, and none could be found or installed. Any of these helps:
  Debian:  sudo apt-get install --no-install-recommends {PACKAGE}
  others:  install Chromium or Google Chrome so that it is on your PATH
  or name one:  make test NOZBE_CHROMIUM=/path/to/chromium
"""


class NoBrowser(Exception):
    """The text tells a person what to do."""


def find() -> Path | None:
    """The browser to test with, if there is one already."""
    if given := os.environ.get("NOZBE_CHROMIUM"):
        found = shutil.which(given)
        if not found:
            raise NoBrowser(f"NOZBE_CHROMIUM is {given!r}, which is no program.")
        return Path(found)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return next((path for path in (WRAPPER, *_downloads()) if os.access(path, os.X_OK)), None)


def find_or_install() -> Path:
    """Raises NoBrowser when nothing helped."""
    if found := find():
        return found
    debian = shutil.which("apt-get") and shutil.which("dpkg-deb")
    ways = [_install_as_root if os.getuid() == 0 else _unpack] if debian else []
    for way in (*ways, _download):
        _say(f"No Chromium for the browser tests yet: {way.__doc__}…")
        try:
            way()
        except subprocess.CalledProcessError as error:
            _say(f"  That did not work: {shlex.join(map(str, error.cmd))}\n{error.output[-1500:]}")
        except (OSError, subprocess.TimeoutExpired) as error:
            _say(f"  That did not work: {error}")
        if found := find():
            return found
    raise NoBrowser(HELP)


def _install_as_root() -> None:
    """installing Debian's package"""
    waits = ("-o", "DPkg::Lock::Timeout=300")
    quietly = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _refresh("apt-get", *waits)
    _run("apt-get", *waits, "install", "-y", "-qq", "--no-install-recommends", PACKAGE, environment=quietly)


def _unpack() -> None:
    """unpacking Debian's packages into .venv/chromium (about 150 MB)"""
    apt, root = FOLDER / "apt", FOLDER / "root"
    for folder in (apt / "lists" / "partial", apt / "archives" / "partial", root):
        folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "Debug::NoLocking": "true",
        "Dir::State::Lists": apt / "lists",
        "Dir::Cache": apt,
        "Dir::Cache::Archives": apt / "archives",
        "Dir::Log": apt,
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    # What is installed already is read from the system, so only what is missing is fetched.
    _refresh("apt-get", *options)
    _run("apt-get", *options, "install", "-y", "-qq", "--no-install-recommends", "--download-only", PACKAGE)
    for archive in sorted(apt.glob("archives/*.deb")):
        if not archive.name.startswith(NEVER_UNPACKED):
            _run("dpkg-deb", "--extract", archive, root)
    _wrap(root)
    shutil.rmtree(apt)


def _refresh(*apt_get: str) -> None:
    """A source of somebody else's that does not answer is no reason not to try."""
    with suppress(subprocess.CalledProcessError):
        _run(*apt_get, "update", "-qq")


def _wrap(root: Path) -> None:
    """Write the program that runs what was unpacked, with its libraries and fonts. It must show that it runs."""
    # Some lie in folders of their own, which the loader would only look for below /usr.
    libraries = sorted({path.parent for path in root.glob("**/lib*.so*")}, key=lambda folder: len(folder.parts))
    fonts = FOLDER / "fonts.conf"
    fonts.write_text(FONTS.format(root=root, folder=FOLDER))
    trial = FOLDER / "trial"
    trial.write_text(
        "#!/bin/sh\n"
        f"export LD_LIBRARY_PATH={shlex.quote(':'.join(map(str, libraries)))}\n"
        f"export FONTCONFIG_FILE={shlex.quote(str(fonts))}\n"
        f'exec {shlex.quote(str(root / "usr/lib/chromium/chromium"))} "$@"\n'
    )
    trial.chmod(0o755)
    _run(trial, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "about:blank")
    trial.rename(WRAPPER)


def _download() -> None:
    """asking Playwright for its own"""
    environment = os.environ | {"PLAYWRIGHT_BROWSERS_PATH": str(DOWNLOADED)}
    _run(sys.executable, "-m", "playwright", "install", "--no-shell", "chromium", environment=environment)


def _downloads() -> list[Path]:
    places = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*", "chrome-win*/chrome.exe")
    return [path for place in places for path in sorted(DOWNLOADED.glob(f"chromium-*/{place}"))]


def _run(*command: str | Path, environment: dict[str, str] | None = None) -> None:
    subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=INSTALL_SECONDS,
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        find_or_install()
    except NoBrowser as error:
        sys.exit(str(error))
