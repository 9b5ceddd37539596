"""`make airflow`: the whole Airflow with its web page and the nightly schedule, until Ctrl-C."""

import argparse
import sys
import time

from local_airflow import SERVICES, USER, running

from pipelines.errors import MimamoriError


def main() -> int:
    """Serve until interrupted and return the exit code."""
    parser = argparse.ArgumentParser(prog="make airflow", description=__doc__)
    parser.add_argument("--port", type=int, default=8080)
    port: int = parser.parse_args().port
    try:
        with running(port=port, services=(*SERVICES, "triggerer")) as airflow:
            if not airflow.started_here:
                print(f"make airflow: it is running already: {airflow.url}", file=sys.stderr)
                return 1
            print(
                f"Airflow: {airflow.url}\n"
                f"  利用者 / user      {USER}\n"
                f"  パスワード / password  {airflow.password()}\n"
                f"  （保存先 / kept in {airflow.password_file}）\n"
                "報告書は、左の「報告書」から / reports: 報告書 (Reports) in the menu on the left\n"
                "画面の言語は、右上の利用者メニューから日本語を選べます / "
                "language: user menu\n"
                "Ctrl-C で終わります / Ctrl-C stops it",
                flush=True,
            )
            while True:
                airflow.require_alive()
                time.sleep(1)
    except MimamoriError as error:
        print(f"make airflow: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
