"""A headless Chromium driven over WebDriver with the standard library alone."""

import base64
import http.client
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_STARTED = re.compile(r"started successfully on port (\d+)")
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element, by the standard
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Browser:
    """One browser window; sizes are CSS pixels."""

    port: int
    session: str

    def open(self, page: Path, width: int, height: int) -> None:
        """Show a file in a viewport of the given size."""
        self.visit(page.as_uri(), width, height)

    def visit(self, url: str, width: int, height: int) -> None:
        """Show an address in a viewport of the given size."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._cdp("Emulation.setDeviceMetricsOverride", **metrics)
        self._call("url", url=url)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression on the page."""
        return self._call("execute/sync", script=f"return {expression}", args=[])

    def run(self, script: str) -> None:
        """Run statements on the page, whatever its own policy allows."""
        self._call("execute/sync", script=script, args=[])

    def wait_for(self, promise: str) -> Any:
        """Return what a JavaScript promise brings.

        Raises:
            RuntimeError: it was rejected.
        """
        refused = "error => done({error: 'promise', message: String(error)})"
        return self._call(
            "execute/async",
            script=f"const done = arguments[0]; ({promise}).then(done, {refused});",
            args=[],
        )

    def prefer(self, scheme: str) -> None:
        """Let pages believe that their reader likes `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._cdp("Emulation.setEmulatedMedia", features=features)

    def click(self, selector: str) -> None:
        """Click, as a person would, the first element that a CSS selector finds."""
        self._call(f"element/{self._find(selector)}/click")

    def press(self, selector: str, keys: str) -> None:
        """Type into the first element that a CSS selector finds."""
        self._call(f"element/{self._find(selector)}/value", text=keys)

    def back(self) -> None:
        """Go back to the page before."""
        self._call("back")

    def address(self) -> str:
        """Return the address of the page."""
        return str(self.evaluate("location.href"))

    def console(self) -> list[str]:
        """Return what the console said since the last call, refusals of the policy included."""
        return [entry["message"] for entry in self._call("se/log", type="browser")]

    def text(self) -> str:
        """Return the text that a reader of the page sees."""
        return str(self.evaluate("document.body.innerText"))

    def wait_up_to(self, seconds: int) -> None:
        """Have `click`, `press` and `enter` wait for elements that a script has yet to make."""
        self._call("timeouts", implicit=seconds * 1000)

    def enter(self, selector: str) -> None:
        """Go into a frame: what follows is about the page within."""
        self._call("frame", id={_ELEMENT: self._find(selector)})

    def leave(self) -> None:
        """Go back out of all frames."""
        self._call("frame", id=None)

    def forget(self) -> None:
        """Drop the cookies of the site that is shown."""
        _send(self.port, "DELETE", f"{self.session}/cookie")

    def picture(self) -> bytes:
        """Return the viewport as PNG."""
        return base64.b64decode(_send(self.port, "GET", f"{self.session}/screenshot"))

    def _find(self, selector: str) -> str:
        found = self._call("element", using="css selector", value=selector)
        return str(found[_ELEMENT])

    def _cdp(self, command: str, **values: Any) -> Any:
        return self._call("goog/cdp/execute", cmd=command, params=values)

    def _call(self, command: str, **values: Any) -> Any:
        return _send(self.port, "POST", f"{self.session}/{command}", values)


def missing_programs() -> list[str]:
    """Return the names of the programs that a browser needs and this machine does not have."""
    return [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]


@contextmanager
def opened(profile: Path) -> Iterator[Browser]:
    """Yield a browser with an empty profile.

    Raises:
        FileNotFoundError: chromium or chromedriver is not installed.
    """
    if missing := missing_programs():
        raise FileNotFoundError(
            f"{' and '.join(missing)} not found: install the packages chromium and chromium-driver"
        )
    driver = subprocess.Popen(
        ["chromedriver", "--port=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert driver.stdout is not None
        port = int(next(match[1] for line in driver.stdout if (match := _STARTED.search(line))))
        options = {
            "binary": shutil.which("chromium"),
            "args": [*_ARGUMENTS, f"--user-data-dir={profile}"],
        }
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        answer = _send(port, "POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        session = f"/session/{answer['sessionId']}"
        yield Browser(port, session)
        _send(port, "DELETE", session)
    finally:
        driver.terminate()
        driver.wait()
        if driver.stdout is not None:
            driver.stdout.close()


def _send(port: int, method: str, path: str, values: dict[str, Any] | None = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        body = None if values is None else json.dumps(values)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = json.load(connection.getresponse())["value"]
    finally:
        connection.close()
    if isinstance(answer, dict) and "error" in answer:
        raise RuntimeError(f"{path}: {answer['error']}: {answer['message']}")
    return answer
