"""`make airflow`: the whole Airflow with its web page and the nightly schedule, until Ctrl-C."""

import argparse
import sys
import time

from local_airflow import SERVICES, USER, running

from pipelines.errors import MimamoriError
from pipelines.text.messages import message


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
                f"Airflow: {airflow.url}",
                f"  {message('scripts.serve_airflow.user')}: {USER}",
                f"  {message('scripts.serve_airflow.password')}: {airflow.password()}",
                f"  ({message('scripts.serve_airflow.kept_in')}: {airflow.password_file})",
                message("scripts.serve_airflow.reports"),
                message("scripts.serve_airflow.language"),
                message("scripts.serve_airflow.stop"),
                sep="\n",
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
