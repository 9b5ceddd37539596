"""What Airflow finds by the entry point `airflow.plugins`: a menu entry and the app behind it.

Every Airflow process imports this module, so it imports next to nothing of ours at its top; entry
and app are made when the API server asks for them. What those processes write, such as the database
and the logs of tasks, tells of the lake and is for its owner alone.
"""

from functools import cached_property
from typing import Any
from urllib.parse import quote

from airflow.plugins_manager import AirflowPlugin

from pipelines.private_files import keep_private
from pipelines.text.messages import message

keep_private()

PREFIX = "/mimamori/reports"

# Filled, since it stands on a light ground, and on a dark one while its page is shown.
_ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='{paper}' stroke='{ink}' "
    "stroke-width='2' stroke-linecap='round' stroke-linejoin='round'>"
    "<path d='M14 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V8Z'/>"
    "<path d='M14 2v6h6M8 13h8M8 17h5'/></svg>"
)


class ReportsPlugin(AirflowPlugin):
    """The menu entry of the reports, and the app that it shows."""

    name = "mimamori_reports"

    @cached_property
    def external_views(self) -> list[Any]:  # type: ignore[override]  # Airflow asks an instance
        """The menu entry, in the language of the reports."""
        from pipelines.airflow.deployment import setting_or_default  # noqa: PLC0415

        label = message("airflow_reports.plugin.menu")  # the menu has room for one language
        return [
            {
                "name": label.texts[setting_or_default("locale")],
                "href": f"{PREFIX[1:]}/",  # relative: Airflow may lie below a path of its host
                "url_route": "mimamori-reports",
                "destination": "nav",
                "nav_top_level": True,
                "icon": _icon(paper="#fff", ink="#3f3f46"),
                "icon_dark_mode": _icon(paper="#27272a", ink="#d4d4d8"),
            }
        ]

    @cached_property
    def deadline_references(self) -> list[Any]:  # type: ignore[override]
        """By when a night must be through."""
        from pipelines.airflow.deadline import MorningAfter  # noqa: PLC0415

        return [MorningAfter]

    @cached_property
    def fastapi_apps(self) -> list[Any]:  # type: ignore[override]
        """The app."""
        from pipelines.airflow.deployment import home  # noqa: PLC0415
        from pipelines.airflow_reports.app import create_app  # noqa: PLC0415
        from pipelines.airflow_reports.by_role import settings_now  # noqa: PLC0415

        app = create_app(home, settings_now)
        return [{"app": app, "url_prefix": PREFIX, "name": "mimamori reports"}]


def _icon(**colours: str) -> str:
    return "data:image/svg+xml," + quote(_ICON.format(**colours))
